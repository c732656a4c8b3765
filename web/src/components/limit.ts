// A user's month in one plain sentence.
import { formatCount, formatPercent, formatResetDay } from "../format";
import type { UserUsage } from "../services/usage.service";

type Month = Pick<
  UserUsage,
  "month_tokens" | "subscription_limit" | "subscription_tier" | "usage_percentage" | "limit_resets_at"
>;

export interface Sentence {
  readonly lead: string; // what stands out
  readonly rest: string;
}

/** `owner` as in "your" or "this user's". */
export function describeMonth(month: Month, owner: "your" | "this user's"): Sentence {
  const used = formatCount(month.month_tokens);
  if (month.subscription_limit === null || month.usage_percentage === null) {
    return {
      lead: `${used} tokens`,
      rest: `used this month; the ${month.subscription_tier} tier has no limit.`,
    };
  }
  const limit = `${owner} ${formatCount(month.subscription_limit)} tokens`;
  const resets = `resets ${formatResetDay(month.limit_resets_at)}.`;
  const beyond = month.month_tokens - month.subscription_limit;
  if (month.subscription_limit === 0) {
    return { lead: `${used} tokens`, rest: `used; the ${month.subscription_tier} tier allows none.` };
  }
  if (beyond > 0) return { lead: `${formatCount(beyond)} tokens over`, rest: `${limit}; ${resets}` };
  if (beyond === 0) return { lead: "All", rest: `of ${limit} used; ${resets}` };
  if (month.month_tokens === 0) return { lead: "None", rest: `of ${limit} used yet; ${resets}` };
  if (month.usage_percentage < 1) return { lead: "Less than 1\u00a0%", rest: `of ${limit} used; ${resets}` };
  return { lead: formatPercent(month.usage_percentage, 0), rest: `of ${limit} used; ${resets}` };
}

/** What is left of the month's limit, in words; null where there is no limit, or nothing left. */
export function describeRest(month: Month): string | null {
  if (month.subscription_limit === null) return null;
  const left = month.subscription_limit - month.month_tokens;
  return left > 0 ? `${formatCount(left)} tokens left` : null;
}
