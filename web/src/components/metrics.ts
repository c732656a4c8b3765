import type { Metric } from "../charts/daily";

export const METRICS: readonly { value: Metric; label: string }[] = [
  { value: "operations", label: "Operations" },
  { value: "tokens", label: "Tokens" },
];
