// What every chart has in common: it fills its width, one of its points can be picked with the pointer or the arrow
// keys, what is picked is said in words, and its numbers are in a table beneath.
//
// To assistive technology the drawing is a slider over its points (WAI-ARIA slider pattern): arrow keys go on working
// there, and aria-valuetext is read out.
import {
  type CSSProperties,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  useEffect,
  useRef,
  useState,
} from "react";

import css from "./ChartFrame.module.css";

export const MARGIN = { top: 10, right: 10, bottom: 24, left: 46 } as const;

export interface Plot {
  readonly width: number;
  readonly height: number;
  readonly active: number | null; // the point that is picked
}

interface Props {
  label: string;
  keys: readonly string[]; // names each point for good, also after a refresh; at least one
  height: number;
  describe(index: number): string; // a point in words
  summary: ReactNode; // shown as long as none is picked
  marginLeft?: number;
  children(plot: Plot): ReactNode; // draws
  table: ReactNode;
}

/** A point, and what was said of it when it was picked: a refresh does not make a screen reader talk. */
interface Pick {
  readonly key: string;
  readonly said: string;
}

export function ChartFrame(props: Props) {
  const { label, keys, height, describe, summary, marginLeft = MARGIN.left, children, table } = props;
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const [pick, setPick] = useState<Pick | null>(null); // by the keyboard or a finger
  const [hover, setHover] = useState<string | null>(null);
  const count = keys.length;
  const indexOf = (key: string) => Math.max(0, keys.indexOf(key)); // one that has left the period was the oldest
  const picked = pick === null ? null : indexOf(pick.key);
  const active = hover === null ? picked : indexOf(hover);

  function choose(index: number | null) {
    setPick(index === null ? null : { key: keys[index] ?? "", said: describe(index) });
  }
  function onKeyDown(event: KeyboardEvent) {
    const next = indexAfter(event.key, picked, count);
    if (next === undefined) return;
    event.preventDefault();
    choose(next);
  }
  function pointedAt(event: PointerEvent): number {
    const box = event.currentTarget.getBoundingClientRect();
    const share =
      (event.clientX - box.left - marginLeft) / Math.max(1, box.width - marginLeft - MARGIN.right);
    return Math.max(0, Math.min(count - 1, Math.floor(share * count)));
  }
  function onPointer(event: PointerEvent) {
    if (event.pointerType === "mouse") setHover(keys[pointedAt(event)] ?? null);
    else choose(pointedAt(event));
  }

  return (
    <figure className={css.figure}>
      <p className={css.readout}>{active === null ? summary : describe(active)}</p>
      <div
        ref={frame}
        className={css.frame}
        style={{ "--height": `${height}px` } as CSSProperties}
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-orientation="horizontal"
        aria-valuemin={1}
        aria-valuemax={count}
        aria-valuenow={(picked ?? count - 1) + 1}
        aria-valuetext={pick?.said ?? describe(count - 1)}
        onKeyDown={onKeyDown}
        onFocus={(event) => event.currentTarget.matches(":focus-visible") && choose(picked ?? count - 1)}
        onBlur={() => choose(null)}
        onPointerMove={onPointer}
        onPointerDown={onPointer}
        onPointerLeave={() => setHover(null)}
      >
        {width > 0 && (
          <svg aria-hidden="true" viewBox={`0 0 ${width} ${height}`}>
            {children({ width, height, active })}
          </svg>
        )}
      </div>
      <details className={`${css.table} screen-only`}>
        <summary>Show as table</summary>
        {table}
      </details>
    </figure>
  );
}

/** Where a key leads from `active`; null puts the pick down, undefined is not a key of ours. */
export function indexAfter(key: string, active: number | null, count: number): number | null | undefined {
  const from = active ?? count - 1;
  const steps: Record<string, number> = {
    ArrowLeft: from - 1,
    ArrowDown: from - 1,
    ArrowRight: from + 1,
    ArrowUp: from + 1,
    PageDown: from - 7,
    PageUp: from + 7,
    Home: 0,
    End: count - 1,
  };
  if (key === "Escape") return null;
  const next = Object.hasOwn(steps, key) ? steps[key] : undefined;
  return next === undefined ? undefined : Math.max(0, Math.min(count - 1, next));
}

function useWidth(element: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
