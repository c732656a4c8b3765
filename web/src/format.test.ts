import { describe, expect, it } from "vitest";

import {
  formatClock,
  formatCount,
  formatDay,
  formatDuration,
  formatMilliseconds,
  formatMoment,
  formatOperation,
  formatPercent,
  formatResetDay,
  formatShare,
} from "./format";

/** With plain blanks, which are easier to read here. */
const plain = (text: string) => text.replaceAll("\u00a0", " ");

describe("counts", () => {
  it.each([
    [0, "0"],
    [999, "999"],
    [12345, "12,345"],
    [-1200, "-1,200"],
    [9007199254740991, "9,007,199,254,740,991"],
    [Number.NaN, "–"],
    [Number.POSITIVE_INFINITY, "–"],
  ])("%s is written %s", (value, text) => {
    expect(formatCount(value)).toBe(text);
  });
});

describe("percentages", () => {
  it.each([
    [0, "0 %"],
    [98.33, "98.3 %"],
    [23, "23.0 %"],
    [100, "100 %"],
    [104.25, "104.3 %"],
    [Number.NaN, "–"],
  ])("%s is written %s", (value, text) => {
    expect(plain(formatPercent(value))).toBe(text);
  });

  it("do not become 100 before they are", () => {
    expect(plain(formatPercent(99.99))).toBe("99.9 %");
    expect(plain(formatPercent(99.6, 0))).toBe("99 %");
  });
});

describe("shares", () => {
  it("come from the counts, so that one failure of many shows", () => {
    expect(plain(formatShare(99_999, 100_000))).toBe("99.9 %");
    expect(plain(formatShare(100_000, 100_000))).toBe("100 %");
    expect(plain(formatShare(0, 0))).toBe("–");
  });
});

describe("response times", () => {
  it.each([
    [0, "0 ms"],
    [4.24, "4.2 ms"],
    [9.96, "10 ms"],
    [412.37, "412 ms"],
    [999.4, "999 ms"],
    [999.5, "1 s"],
    [1240, "1.24 s"],
    [59_994, "59.99 s"],
    [59_996, "1 min"],
    [90_000, "1.5 min"],
    [Number.NaN, "–"],
  ])("%s is written %s", (value, text) => {
    expect(plain(formatMilliseconds(value))).toBe(text);
  });
});

describe("durations", () => {
  it.each([
    [0, "0 s"],
    [59, "59 s"],
    [60, "1 min"],
    [11_520, "3 h 12 min"],
    [3_605, "1 h"],
    [90_061, "1 d 1 h"],
    [-5, "0 s"],
  ])("%s seconds are written %s", (seconds, text) => {
    expect(plain(formatDuration(seconds))).toBe(text);
  });
});

// These run in several time zones: what is written must not depend on the reader's.
describe("days and times", () => {
  it("are those of the API wherever the reader is", () => {
    expect(formatDay("2026-11-01")).toBe("1 Nov");
    expect(formatDay("2026-11-01", "long")).toBe("Sun, 1 Nov 2026");
    expect(formatResetDay("2026-12-01T00:00:00.000Z")).toBe("1 December");
    expect(formatClock("2026-11-24T23:59:59.999Z")).toBe("23:59:59");
    expect(formatClock(Date.UTC(2026, 10, 24, 0, 0, 1))).toBe("00:00:01");
  });

  it("name the day where it is not that of the reader's now", () => {
    const now = Date.UTC(2026, 10, 24, 0, 30);
    expect(formatMoment("2026-11-24T00:10:00.000Z", now)).toBe("00:10:00");
    expect(formatMoment("2026-11-23T23:50:00.000Z", now)).toBe("23 Nov 23:50:00");
  });

  it("stay as they are where they are none", () => {
    expect(formatDay("soon")).toBe("soon");
    expect(formatResetDay("later")).toBe("later");
    expect(formatClock("never")).toBe("–");
  });
});

it("writes operations with blanks", () => {
  expect(formatOperation("summarize_stream")).toBe("summarize stream");
});
