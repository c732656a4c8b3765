import { scaleBand, scaleLinear } from "d3-scale";
import { useId, useMemo } from "react";

import { formatCount, formatDay } from "../format";
import { type DailyUsage, formatNumber } from "../services/usage.service";
import { ChartFrame, MARGIN, type Plot } from "./ChartFrame";
import css from "./DailyChart.module.css";
import { type DayMark, describeDay, labelledIndices, type Metric, prepareDays, summarizeDays } from "./daily";

const HEIGHT = 240;
const LABEL_ROOM = 64;

/** One bar for each day of the period. */
export function DailyChart({ usage, metric }: { usage: DailyUsage; metric: Metric }) {
  const days = useMemo(() => prepareDays(usage), [usage]);
  if (days.length === 0) return null;
  return (
    <ChartFrame
      label={`${metric === "tokens" ? "Tokens" : "Operations"} by day`}
      keys={days.map((day) => day.date)}
      height={HEIGHT}
      describe={(index) => describeDay(days[index] as DayMark)}
      summary={summarizeDays(days, metric)}
      table={<DailyTable days={days} />}
    >
      {(plot) => <Bars days={days} metric={metric} plot={plot} />}
    </ChartFrame>
  );
}

function Bars({ days, metric, plot }: { days: readonly DayMark[]; metric: Metric; plot: Plot }) {
  const hatch = useId();
  const bottom = plot.height - MARGIN.bottom;
  const most = Math.max(...days.map((day) => day[metric]));
  const y = scaleLinear()
    .domain([0, Math.max(1, most)])
    .nice(4)
    .range([bottom, MARGIN.top]);
  const x = scaleBand<number>()
    .domain(days.map((_, index) => index))
    .range([MARGIN.left, plot.width - MARGIN.right])
    .paddingInner(0.28)
    .paddingOuter(0.14);
  const ticks = y.ticks(4).filter(Number.isInteger);
  const labels = labelledIndices(days.length, plot.width - MARGIN.left - MARGIN.right, LABEL_ROOM);
  return (
    <>
      <pattern id={hatch} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="5" height="5" className={css.soft} />
        <rect width="2" height="5" className={css.stripe} />
      </pattern>
      {ticks.map((tick) => (
        <g key={tick} transform={`translate(0,${Math.round(y(tick))})`}>
          <line className={css.grid} x1={MARGIN.left} x2={plot.width - MARGIN.right} y1="0.5" y2="0.5" />
          <text className={css.label} x={MARGIN.left - 8} y="4" textAnchor="end">
            {formatNumber(tick)}
          </text>
        </g>
      ))}
      {days.map((day, index) => {
        const value = day[metric];
        const left = x(index) ?? 0;
        const height = value === 0 ? 0 : Math.max(2, bottom - y(value)); // what is there can be seen
        return (
          <g key={day.date} className={css.day} data-dimmed={plot.active !== null && plot.active !== index}>
            <path
              className={day.isPartial ? css.partial : css.bar}
              d={roundedBar(left, bottom - height, x.bandwidth(), height)}
              fill={day.isPartial ? `url(#${hatch})` : undefined}
            />
          </g>
        );
      })}
      {labels.map((index) => (
        <text
          key={index}
          className={css.label}
          x={Math.min((x(index) ?? 0) + x.bandwidth() / 2, plot.width - 20)}
          y={plot.height - 6}
          textAnchor="middle"
        >
          {formatDay((days[index] as DayMark).date)}
        </text>
      ))}
    </>
  );
}

/** A bar whose upper corners are round. */
function roundedBar(left: number, top: number, width: number, height: number): string {
  const radius = Math.min(3, width / 2, height);
  return `M${left},${top + height}v${radius - height}q0,${-radius} ${radius},${-radius}h${width - 2 * radius}q${radius},0 ${radius},${radius}v${height - radius}z`;
}

function DailyTable({ days }: { days: readonly DayMark[] }) {
  return (
    <table>
      <caption className="hidden-text">Operations and tokens by day (UTC), newest first</caption>
      <thead>
        <tr>
          <th scope="col">Day</th>
          <th scope="col" className="number">
            Operations
          </th>
          <th scope="col" className="number">
            Tokens
          </th>
        </tr>
      </thead>
      <tbody>
        {days.toReversed().map((day) => (
          <tr key={day.date}>
            <th scope="row">
              {formatDay(day.date, "long")}
              {day.isPartial && <span className="quiet"> so far</span>}
            </th>
            <td className="number">{formatCount(day.operations)}</td>
            <td className="number">{formatCount(day.tokens)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
