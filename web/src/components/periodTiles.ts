// The tiles of a period: the same numbers in the same words for one user and for all.
import { formatCount, formatMilliseconds, formatShare } from "../format";
import { formatNumber, type GlobalUsage } from "../services/usage.service";
import type { Tile } from "./Tiles";

type Sums = Pick<
  GlobalUsage,
  | "total_operations"
  | "successful_operations"
  | "failed_operations"
  | "total_tokens"
  | "success_rate"
  | "avg_response_time_ms"
>;

/** `more` stand between what was used and how it went. */
export function periodTiles(usage: Sums, more: readonly Tile[] = []): Tile[] {
  return [
    {
      label: "Operations",
      value: usage.total_operations,
      shown: compact(usage.total_operations),
      note: `${formatCount(usage.failed_operations)} failed`,
    },
    {
      label: "Tokens",
      value: usage.total_tokens,
      shown: compact(usage.total_tokens),
      note: perOperation(usage.total_tokens, usage.total_operations),
    },
    ...more,
    {
      label: "Success rate",
      value: usage.success_rate,
      shown: formatShare(usage.successful_operations, usage.total_operations),
      note: `${formatCount(usage.successful_operations)} of ${formatCount(usage.total_operations)}`,
    },
    {
      label: "Response time",
      value: usage.avg_response_time_ms,
      shown: usage.total_operations === 0 ? "–" : formatMilliseconds(usage.avg_response_time_ms),
      note: "average",
    },
  ];
}

/** In full as long as it fits a tile. */
export function compact(value: number): string {
  return Math.abs(value) < 1_000_000 ? formatCount(value) : formatNumber(value);
}

function perOperation(tokens: number, operations: number): string {
  return operations === 0
    ? "none per operation"
    : `${formatCount(Math.round(tokens / operations))} per operation`;
}
