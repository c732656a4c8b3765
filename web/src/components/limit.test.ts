import { describe, expect, it } from "vitest";

import { describeMonth, describeRest, levelOf, levelOfMonth } from "./limit";

function month(month_tokens: number, subscription_limit: number | null = 10_000) {
  return {
    month_tokens,
    subscription_limit,
    subscription_tier: "free",
    limit_resets_at: "2026-12-01T00:00:00.000Z",
  };
}

function sentence(...args: Parameters<typeof month>): string {
  const { lead, rest } = describeMonth(month(...args), "your");
  return `${lead} ${rest}`.replaceAll("\u00a0", " ");
}

describe("the sentence", () => {
  it("says what share is used and when it begins anew", () => {
    expect(sentence(6_200)).toBe("62 % of your 10,000 tokens used; resets 1 December.");
  });

  it("never says 100 % as long as something is left", () => {
    expect(sentence(9_999)).toBe("99 % of your 10,000 tokens used; resets 1 December.");
    expect(sentence(999_999, 1_000_000)).toBe("99 % of your 1,000,000 tokens used; resets 1 December.");
    expect(sentence(10_000)).toBe("All of your 10,000 tokens used; resets 1 December.");
  });

  it("says by how much the limit is overrun", () => {
    expect(sentence(11_200)).toBe("1,200 tokens over your limit of 10,000; resets 1 December.");
    expect(sentence(10_001)).toBe("1 token over your limit of 10,000; resets 1 December.");
  });

  it("does not say 0 % of a little", () => {
    expect(sentence(0)).toBe("None of your 10,000 tokens used yet; resets 1 December.");
    expect(sentence(20)).toBe("Less than 1 % of your 10,000 tokens used; resets 1 December.");
  });

  it("knows tiers without a limit, and without any tokens", () => {
    expect(sentence(12_345, null)).toBe("12,345 tokens used this month; the free tier has no limit.");
    expect(sentence(5, 0)).toBe("5 tokens used; the free tier allows none.");
  });
});

it("says what is left only where something is", () => {
  expect(describeRest(month(6_200))).toBe("3,800 tokens left");
  expect(describeRest(month(10_000))).toBeNull();
  expect(describeRest(month(6_200, null))).toBeNull();
});

describe("the level", () => {
  it("comes from the counts, not from what is rounded", () => {
    expect(levelOfMonth(month(7_999))).toBe("fine");
    expect(levelOfMonth(month(8_000))).toBe("near");
    expect(levelOfMonth(month(1_000_001, 1_000_000))).toBe("over");
    expect(levelOfMonth(month(5, null))).toBe("fine");
    expect(levelOfMonth(month(1, 0))).toBe("over");
  });

  it("of a rounded percentage leaves 100 below the limit", () => {
    expect([null, 79.99, 80, 100, 100.01].map(levelOf)).toEqual(["fine", "fine", "near", "near", "over"]);
  });
});
