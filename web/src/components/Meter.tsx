// How much of a limit is used, as a bar; past the limit it stays full. The number stands beside it in words.
import css from "./Meter.module.css";

/** Null: no limit. */
export function levelOf(percentage: number | null): "fine" | "near" | "over" {
  if (percentage === null || percentage < 80) return "fine";
  return percentage <= 100 ? "near" : "over";
}

export function Meter({ percentage, large = false }: { percentage: number; large?: boolean }) {
  return (
    <span className={css.track} aria-hidden="true" data-level={levelOf(percentage)} data-large={large}>
      <span className={css.bar} style={{ width: `${Math.min(100, Math.max(0, percentage))}%` }} />
    </span>
  );
}
