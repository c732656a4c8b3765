// How numbers, days and times are written. Everything is in UTC, as the days of the API are: so a number stands under
// the same day for every reader, and equals what the API says.

const NO_VALUE = "–";
const grouped = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

/** 12345 → "12,345". */
export function formatCount(value: number): string {
  return Number.isFinite(value) ? grouped.format(value) : NO_VALUE;
}

/** "1 token", "12,345 tokens". */
export function countOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** What falls to each: one decimal where it is small, "–" where there is nobody. */
export function formatAverage(sum: number, count: number): string {
  if (count === 0) return NO_VALUE;
  const average = sum / count;
  return new Intl.NumberFormat("en-GB", { maximumFractionDigits: average < 10 ? 1 : 0 }).format(average);
}

/** The share in percent, from the counts: what is rounded already may say 100 too early. */
export function formatShare(part: number, whole: number, digits = 1): string {
  return formatPercent((100 * part) / whole, digits);
}

/** 98.33 → "98.3 %"; 0 and 100 without a fraction. Never rounds up to 100 what is below it. */
export function formatPercent(value: number, digits = 1): string {
  if (!Number.isFinite(value)) return NO_VALUE;
  const scale = 10 ** digits;
  const rounded = Math.round(value * scale) / scale;
  const shown = value < 100 && rounded >= 100 ? Math.floor(value * scale) / scale : rounded;
  const least = shown === 0 || shown === 100 ? 0 : digits;
  const format = new Intl.NumberFormat("en-GB", {
    minimumFractionDigits: least,
    maximumFractionDigits: digits,
  });
  return `${format.format(shown)}\u00a0%`;
}

/** 412.37 → "412 ms", 4.2 → "4.2 ms", 1240 → "1.24 s", 90000 → "1.5 min". */
export function formatMilliseconds(value: number): string {
  if (!Number.isFinite(value)) return NO_VALUE;
  const digits = (maximumFractionDigits: number) => new Intl.NumberFormat("en-GB", { maximumFractionDigits });
  if (value < 9.95) return `${digits(1).format(value)}\u00a0ms`;
  if (value < 999.5) return `${digits(0).format(value)}\u00a0ms`;
  if (value < 59_995) return `${digits(2).format(value / 1000)}\u00a0s`;
  return `${digits(1).format(value / 60_000)}\u00a0min`;
}

/** 11520 → "3 h 12 min". The two largest units. */
export function formatDuration(seconds: number): string {
  const units: [string, number][] = [
    ["d", 86_400],
    ["h", 3_600],
    ["min", 60],
    ["s", 1],
  ];
  const from = Math.max(
    0,
    units.findIndex(([, size]) => seconds >= size),
  );
  let rest = Math.max(0, Math.floor(seconds));
  const parts: string[] = [];
  for (const [name, size] of seconds < 1 ? units.slice(-1) : units.slice(from, from + 2)) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0 || parts.length === 0) parts.push(`${amount}\u00a0${name}`);
  }
  return parts.join(" ");
}

type DayStyle = "short" | "long";
const dayFormats: Record<DayStyle, Intl.DateTimeFormat> = {
  short: new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" }),
  long: new Intl.DateTimeFormat("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  }),
};

/** "2026-11-24" → "24 Nov", or with the weekday and year. */
export function formatDay(date: string, style: DayStyle = "short"): string {
  const at = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(at) ? date : dayFormats[style].format(at);
}

const monthDay = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", timeZone: "UTC" });
/** "2026-12-01T00:00:00.000Z" → "1 December". */
export function formatResetDay(time: string): string {
  const at = Date.parse(time);
  return Number.isNaN(at) ? time : monthDay.format(at);
}

const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZone: "UTC",
});
/** The time of day in UTC: "18:50:12". */
export function formatClock(time: string | number): string {
  const at = typeof time === "number" ? time : Date.parse(time);
  return Number.isNaN(at) ? NO_VALUE : clock.format(at);
}

/** "18:50:12" of the day of `now`, "24 Nov 18:50:12" of another. */
export function formatMoment(time: string, now: number): string {
  const day = time.slice(0, 10);
  const isToday = day === new Date(now).toISOString().slice(0, 10);
  return isToday ? formatClock(time) : `${formatDay(day)} ${formatClock(time)}`;
}

/** "chat_stream" → "chat stream". */
export function formatOperation(type: string): string {
  return type.replaceAll("_", " ");
}
