// A user's month in one plain sentence.
import { countOf, formatCount, formatResetDay, formatShare } from "../format";
import type { UserUsage } from "../services/usage.service";

type Month = Pick<UserUsage, "month_tokens" | "subscription_limit" | "subscription_tier" | "limit_resets_at">;

export interface Sentence {
  readonly lead: string; // what stands out
  readonly rest: string;
}

/** `owner` as in "your" or "this user's". */
export function describeMonth(month: Month, owner: "your" | "this user's"): Sentence {
  const used = countOf(month.month_tokens, "token");
  const limit = month.subscription_limit;
  if (limit === null) {
    return { lead: used, rest: `used this month; the ${month.subscription_tier} tier has no limit.` };
  }
  if (limit === 0) return { lead: used, rest: `used; the ${month.subscription_tier} tier allows none.` };
  const allowed = `${owner} ${countOf(limit, "token")}`;
  const resets = `resets ${formatResetDay(month.limit_resets_at)}.`;
  const beyond = month.month_tokens - limit;
  if (beyond > 0) {
    return {
      lead: `${countOf(beyond, "token")} over`,
      rest: `${owner} limit of ${formatCount(limit)}; ${resets}`,
    };
  }
  if (beyond === 0) return { lead: "All", rest: `of ${allowed} used; ${resets}` };
  if (month.month_tokens === 0) return { lead: "None", rest: `of ${allowed} used yet; ${resets}` };
  const share =
    month.month_tokens < limit / 100 ? "Less than 1\u00a0%" : formatShare(month.month_tokens, limit, 0);
  return { lead: share, rest: `of ${allowed} used; ${resets}` };
}

/** In percent, from the counts. A limit of nothing is used up. */
export function shareOfMonth(month: Month): number {
  if (month.subscription_limit === null) return 0;
  return month.subscription_limit === 0 ? 100 : (100 * month.month_tokens) / month.subscription_limit;
}

export type Level = "fine" | "near" | "over";

export function levelOfMonth(month: Month): Level {
  if (month.subscription_limit === null) return "fine";
  return month.month_tokens > month.subscription_limit ? "over" : levelOf(shareOfMonth(month));
}

/** Of a percentage that is rounded; null: no limit. */
export function levelOf(percentage: number | null): Level {
  if (percentage === null || percentage < 80) return "fine";
  return percentage <= 100 ? "near" : "over";
}

/** What is left of the month's limit, in words; null where there is no limit, or nothing left. */
export function describeRest(month: Month): string | null {
  if (month.subscription_limit === null) return null;
  const left = month.subscription_limit - month.month_tokens;
  return left > 0 ? `${countOf(left, "token")} left` : null;
}
