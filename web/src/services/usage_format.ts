// Numbers and tables of the usage API as people and charts want them. Pure functions; no locale, no time zone.
import type { CountByName, DailyUsage } from "./usage_answers";

export interface DailyPoint {
  /** A UTC day such as "2026-11-24". A Date made of it would be another day west of Greenwich. */
  date: string;
  operations: number;
  tokens: number;
}

export interface TypeCount {
  type: string;
  count: number;
}

const UNITS = ["", "K", "M", "B", "T"];

/**
 * A number in few characters: 999 → "999", 1200 → "1.2K", 999950 → "1M", -1234567 → "-1.2M". At most one decimal, half of
 * it rounded away from zero, by the digits that the number is written with (0.25 → "0.3", 0.15 → "0.2"). "T" is the last
 * unit. NaN, infinity, null and undefined are "–".
 */
export function formatNumber(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const text = formatMagnitude(Math.abs(value));
  return value < 0 && text !== "0" ? `-${text}` : text;
}

function formatMagnitude(value: number): string {
  let unit = 0;
  while (unit + 1 < UNITS.length && tenths(value, unit) >= 10_000) unit += 1;
  return `${tenths(value, unit) / 10}${UNITS[unit]}`;
}

// How many tenths of the unit. The point is moved in the digits: a division would bring binary fractions to the edges.
function tenths(value: number, unit: number): number {
  const [digits, exponent] = value.toExponential().split("e");
  return Math.round(Number(`${digits}e${Number(exponent) + 1 - 3 * unit}`));
}

/** The days of `daily_usage`, oldest first. */
export function formatDailyUsageForChart(daily: DailyUsage | null | undefined): DailyPoint[] {
  return Object.entries(daily ?? {})
    .map(([date, { operations, tokens }]) => ({ date, operations, tokens }))
    .sort((a, b) => compare(a.date, b.date));
}

/** The types of `operations_by_type`, most first, then by name. */
export function formatOperationsByType(counts: CountByName | null | undefined): TypeCount[] {
  return Object.entries(counts ?? {})
    .map(([type, count]) => ({ type, count }))
    .sort((a, b) => b.count - a.count || compare(a.type, b.type));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
