// Prepares the daily chart: decides everything, draws nothing.
import { countOf, formatCount, formatDay } from "../format";
import { type DailyUsage, formatDailyUsageForChart } from "../services/usage.service";

export type Metric = "operations" | "tokens";

export interface DayMark {
  readonly date: string;
  readonly operations: number;
  readonly tokens: number;
  readonly isPartial: boolean; // the last day: it is not over
}

/** The days of the period, oldest first. The last one is today in UTC, since every period ends with it. */
export function prepareDays(usage: DailyUsage): DayMark[] {
  const days = formatDailyUsageForChart(usage);
  return days.map((day, index) => ({ ...day, isPartial: index === days.length - 1 }));
}

export function describeDay(day: DayMark): string {
  const soFar = day.isPartial ? ", today so far" : "";
  return `${formatDay(day.date, "long")}${soFar}: ${countOf(day.operations, "operation")}, ${countOf(day.tokens, "token")}`;
}

export function summarizeDays(days: readonly DayMark[], metric: Metric): string {
  const total = days.reduce((sum, day) => sum + day[metric], 0);
  const busiest = days.reduce((best, day) => (day[metric] > best[metric] ? day : best));
  if (total === 0) return `No ${metric} in ${countOf(days.length, "day")}`;
  return `${formatCount(total)} ${metric} in ${countOf(days.length, "day")}; most on ${formatDay(busiest.date)} (${formatCount(busiest[metric])})`;
}

/**
 * Which of `count` labels to show so that each has `room` pixels of `width`: every n-th, counted from the last, which is
 * always there.
 */
export function labelledIndices(count: number, width: number, room: number): number[] {
  const step = Math.max(1, Math.ceil((count * room) / Math.max(1, width)));
  const shown: number[] = [];
  for (let index = count - 1; index >= 0; index -= step) shown.unshift(index);
  return shown;
}
