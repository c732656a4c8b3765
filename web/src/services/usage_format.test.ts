// @vitest-environment node
import { describe, expect, test } from "vitest";
import { formatDailyUsageForChart, formatNumber, formatOperationsByType } from "./usage_format";

describe("formatNumber", () => {
  test.each([
    [0, "0"],
    [1, "1"],
    [999, "999"],
    [1000, "1K"],
    [1049, "1K"],
    [1050, "1.1K"],
    [1200, "1.2K"],
    [1250, "1.3K"],
    [9999, "10K"],
    [999_949, "999.9K"],
    [999_950, "1M"],
    [999_999, "1M"],
    [1_000_000, "1M"],
    [1_234_567, "1.2M"],
    [5_400_000, "5.4M"],
    [999_949_999, "999.9M"],
    [999_950_000, "1B"],
    [2_500_000_000, "2.5B"],
    [999_950_000_000, "1T"],
    [1_200_000_000_000, "1.2T"],
    [Number.MAX_SAFE_INTEGER, "9007.2T"],
    [1e21, "1000000000T"],
  ])("writes %d as %s, and its negative alike", (value, text) => {
    expect(formatNumber(value)).toBe(text);
    expect(formatNumber(-value)).toBe(value === 0 ? text : `-${text}`);
  });

  test.each([
    [0.04, "0"],
    [0.05, "0.1"],
    [0.15, "0.2"],
    [0.25, "0.3"],
    [1e-7, "0"],
    [12.34, "12.3"],
    [412.37, "412.4"],
    [999.94, "999.9"],
    [999.95, "1K"],
    [1249.999, "1.2K"],
  ])("rounds %d to %s by its decimal digits", (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  test("knows no negative zero", () => {
    expect([formatNumber(-0), formatNumber(-0.04)]).toEqual(["0", "0"]);
  });

  test("has a dash for what is no number", () => {
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, null, undefined];

    expect(values.map(formatNumber)).toEqual(["–", "–", "–", "–", "–"]);
  });
});

describe("formatDailyUsageForChart", () => {
  test("puts the days in order and leaves them strings", () => {
    const daily = {
      "2026-11-24": { operations: 12, tokens: 9100 },
      "2025-12-31": { operations: 1, tokens: 5 },
      "2026-03-01": { operations: 0, tokens: 0 },
    };

    expect(formatDailyUsageForChart(daily)).toEqual([
      { date: "2025-12-31", operations: 1, tokens: 5 },
      { date: "2026-03-01", operations: 0, tokens: 0 },
      { date: "2026-11-24", operations: 12, tokens: 9100 },
    ]);
  });

  test("has no points for no days", () => {
    expect([{}, null, undefined].map(formatDailyUsageForChart)).toEqual([[], [], []]);
  });
});

describe("formatOperationsByType", () => {
  test("puts the most first, and equals by name", () => {
    expect(formatOperationsByType({ qa: 2, upload: 10, chat: 2, 7: 2 })).toEqual([
      { type: "upload", count: 10 },
      { type: "7", count: 2 },
      { type: "chat", count: 2 },
      { type: "qa", count: 2 },
    ]);
  });

  test("takes the names of JavaScript's own things for names", () => {
    const counts = JSON.parse('{"__proto__":3,"constructor":2,"toString":1}');

    expect(formatOperationsByType(counts)).toEqual([
      { type: "__proto__", count: 3 },
      { type: "constructor", count: 2 },
      { type: "toString", count: 1 },
    ]);
  });

  test("has no types for no operations", () => {
    expect([{}, null, undefined].map(formatOperationsByType)).toEqual([[], [], []]);
  });
});
