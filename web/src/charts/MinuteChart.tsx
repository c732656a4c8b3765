import { scaleLinear } from "d3-scale";
import { area, line } from "d3-shape";

import { countOf, formatClock, formatCount } from "../format";
import { ChartFrame, MARGIN, type Plot } from "./ChartFrame";
import css from "./MinuteChart.module.css";

const HEIGHT = 104;
const LEFT = 30;

/** Operations by minute over the last hour, oldest first; the last minute is that of `asOf`. */
export function MinuteChart({ perMinute, asOf }: { perMinute: readonly number[]; asOf: string }) {
  const total = perMinute.reduce((sum, count) => sum + count, 0);
  const minutes = minutesUntil(asOf, perMinute.length);
  return (
    <ChartFrame
      label="Operations by minute"
      keys={minutes}
      height={HEIGHT}
      marginLeft={LEFT}
      describe={(index) => `${nameOf(minutes, index)}: ${countOf(perMinute[index] ?? 0, "operation")}`}
      summary={`${countOf(total, "operation")} in 60 minutes; most in one minute: ${formatCount(Math.max(...perMinute))}`}
      table={<MinuteTable perMinute={perMinute} minutes={minutes} />}
    >
      {(plot) => <Curve perMinute={perMinute} plot={plot} />}
    </ChartFrame>
  );
}

/** The last `count` minutes in UTC, as "18:50". */
export function minutesUntil(asOf: string, count: number): string[] {
  const last = Date.parse(asOf);
  return Array.from({ length: count }, (_, index) =>
    formatClock(last - (count - 1 - index) * 60_000).slice(0, 5),
  );
}

function nameOf(minutes: readonly string[], index: number): string {
  return `${minutes[index]} UTC${index === minutes.length - 1 ? ", so far" : ""}`;
}

function Curve({ perMinute, plot }: { perMinute: readonly number[]; plot: Plot }) {
  const bottom = plot.height - MARGIN.bottom;
  const y = scaleLinear()
    .domain([0, Math.max(1, ...perMinute)])
    .nice(2)
    .range([bottom, MARGIN.top]);
  const x = scaleLinear()
    .domain([0, perMinute.length])
    .range([LEFT, plot.width - MARGIN.right]);
  const middle = (index: number) => x(index + 0.5);
  const points = [...perMinute];
  const outline = line<number>((_, index) => middle(index), y);
  const filled = area<number>((_, index) => middle(index), bottom, y);
  const active = plot.active;
  return (
    <>
      {y
        .ticks(2)
        .filter(Number.isInteger)
        .map((tick) => (
          <g key={tick} transform={`translate(0,${Math.round(y(tick))})`}>
            <line className={css.grid} x1={LEFT} x2={plot.width - MARGIN.right} y1="0.5" y2="0.5" />
            <text className={css.label} x={LEFT - 8} y="4" textAnchor="end">
              {formatCount(tick)}
            </text>
          </g>
        ))}
      <path className={css.area} d={filled(points) ?? undefined} />
      <path className={css.line} d={outline(points) ?? undefined} />
      {active !== null && (
        <g transform={`translate(${middle(active)},0)`}>
          <line className={css.cursor} y1={MARGIN.top} y2={bottom} />
          <circle className={css.dot} r="3.5" cy={y(perMinute[active] ?? 0)} />
        </g>
      )}
      <text className={css.label} x={LEFT} y={plot.height - 6}>
        60 min ago
      </text>
      <text className={css.label} x={plot.width - MARGIN.right} y={plot.height - 6} textAnchor="end">
        now
      </text>
    </>
  );
}

interface TableProps {
  perMinute: readonly number[];
  minutes: readonly string[];
}

function MinuteTable({ perMinute, minutes }: TableProps) {
  return (
    <table>
      <caption className="hidden-text">Operations by minute, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Minute</th>
          <th scope="col" className="number">
            Operations
          </th>
        </tr>
      </thead>
      <tbody>
        {perMinute
          .map((count, index) => ({ name: nameOf(minutes, index), count }))
          .toReversed()
          .map((minute) => (
            <tr key={minute.name}>
              <th scope="row">{minute.name}</th>
              <td className="number">{formatCount(minute.count)}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}
