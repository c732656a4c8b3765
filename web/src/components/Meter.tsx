// How much of a limit is used, as a bar; past the limit it stays full. The number stands beside it in words.
import type { Level } from "./limit";
import css from "./Meter.module.css";

interface Props {
  percentage: number;
  level: Level;
  large?: boolean;
}

export function Meter({ percentage, level, large = false }: Props) {
  return (
    <span className={css.track} aria-hidden="true" data-level={level} data-large={large}>
      <span className={css.bar} style={{ width: `${Math.min(100, Math.max(0, percentage))}%` }} />
    </span>
  );
}
