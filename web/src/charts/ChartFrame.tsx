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
  count: number; // of points, at least 1
  height: number;
  describe(index: number): string; // a point in words
  summary: ReactNode; // shown as long as none is picked
  marginLeft?: number;
  children(plot: Plot): ReactNode; // draws
  table: ReactNode;
}

export function ChartFrame(props: Props) {
  const { label, count, height, describe, summary, marginLeft = MARGIN.left, children, table } = props;
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const [picked, setPicked] = useState<number | null>(null);
  const active = picked === null ? null : Math.min(picked, count - 1);

  function onKeyDown(event: KeyboardEvent) {
    const next = indexAfter(event.key, active, count);
    if (next === undefined) return;
    event.preventDefault();
    setPicked(next);
  }
  function onPointer(event: PointerEvent) {
    const box = event.currentTarget.getBoundingClientRect();
    const share =
      (event.clientX - box.left - marginLeft) / Math.max(1, box.width - marginLeft - MARGIN.right);
    setPicked(Math.max(0, Math.min(count - 1, Math.floor(share * count))));
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
        aria-valuenow={(active ?? count - 1) + 1}
        aria-valuetext={describe(active ?? count - 1)}
        onKeyDown={onKeyDown}
        onFocus={(event) => event.currentTarget.matches(":focus-visible") && setPicked(active ?? count - 1)}
        onBlur={() => setPicked(null)}
        onPointerMove={onPointer}
        onPointerDown={onPointer}
        onPointerLeave={() => setPicked(null)}
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
