import { describe, expect, it } from "vitest";

import { indexAfter } from "./ChartFrame";
import { describeDay, labelledIndices, prepareDays, summarizeDays } from "./daily";

const usage = {
  "2026-11-23": { operations: 2, tokens: 1000 },
  "2026-11-22": { operations: 0, tokens: 0 },
  "2026-11-24": { operations: 1, tokens: 500 },
};

describe("days", () => {
  it("come oldest first, and the last one is not over", () => {
    const days = prepareDays(usage);

    expect(days.map((day) => day.date)).toEqual(["2026-11-22", "2026-11-23", "2026-11-24"]);
    expect(days.map((day) => day.isPartial)).toEqual([false, false, true]);
  });

  it("are told in words, with their singular", () => {
    const [, whole, partial] = prepareDays(usage);
    if (!whole || !partial) throw new Error("three days went in");

    expect(describeDay(whole)).toBe("Mon, 23 Nov 2026: 2 operations, 1,000 tokens");
    expect(describeDay(partial)).toBe("Tue, 24 Nov 2026, today so far: 1 operation, 500 tokens");
  });

  it("are summed up by what the chart shows", () => {
    expect(summarizeDays(prepareDays(usage), "tokens")).toBe(
      "1,500 tokens in 3 days; most on 23 Nov (1,000)",
    );
    expect(summarizeDays(prepareDays({ "2026-11-22": { operations: 0, tokens: 0 } }), "tokens")).toBe(
      "No tokens in 1 day",
    );
  });
});

describe("labels", () => {
  it("leave each other room and always name the last day", () => {
    for (const [count, width] of [
      [1, 300],
      [7, 300],
      [30, 300],
      [90, 300],
      [90, 1200],
      [366, 10],
    ] as const) {
      const shown = labelledIndices(count, width, 64);
      expect(shown.at(-1)).toBe(count - 1);
      expect((shown.length - 1) * 64).toBeLessThanOrEqual(width);
    }
  });
});

describe("keys", () => {
  it("walk over the points and stop at both ends", () => {
    expect(indexAfter("ArrowLeft", null, 30)).toBe(28);
    expect(indexAfter("ArrowRight", 29, 30)).toBe(29);
    expect(indexAfter("PageDown", 3, 30)).toBe(0);
    expect(indexAfter("Home", 12, 30)).toBe(0);
    expect(indexAfter("End", 12, 30)).toBe(29);
  });

  it("put the pick down with Escape and leave other keys to the browser", () => {
    expect(indexAfter("Escape", 12, 30)).toBeNull();
    expect(indexAfter("Tab", 12, 30)).toBeUndefined();
    expect(indexAfter("constructor", 12, 30)).toBeUndefined();
  });
});
