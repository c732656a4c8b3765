import { beforeAll, describe, expect, test } from "vitest";
import type { GlobalUsage, UserUsage } from "../../src/services/usage.service";
import { testBrowser } from "./browser";
import { card, openDashboard, rows } from "./dashboard";
import { testServer } from "./server";

// How the month stands against the limit: in a sentence, and in the list of the top users.
const server = testServer({
  config: `
    [tiers.tiny]
    tokens_per_month = 10
    [tiers.none]
    tokens_per_month = 0
    [tiers.open]
    tokens_per_month = "unlimited"
  `,
});
const browser = testBrowser();

let root = "";
const count = (value: number) => value.toLocaleString("en-GB");
const usageOf = (user: string) => server.call<UserUsage>(root, `/ai/usage/user/${user}`);

beforeAll(async () => {
  root = server.token("root", { role: "admin", tier: "open" });
  for (const tier of ["tiny", "none", "open", "free"]) {
    await server.call(server.token(tier, { tier }), "/ai/chat", { message: "hello" });
  }
});

describe.each([
  {
    user: "tiny",
    says: ({ month_tokens: used }: UserUsage) =>
      new RegExp(`^${count(used - 10)} tokens over your limit of 10; resets 1 [A-Z][a-z]+\\.$`),
  },
  {
    user: "none",
    says: ({ month_tokens: used }: UserUsage) =>
      new RegExp(`^${count(used)} tokens used; the none tier allows none\\.$`),
  },
  {
    user: "open",
    says: ({ month_tokens: used }: UserUsage) =>
      new RegExp(`^${count(used)} tokens used this month; the open tier has no limit\\.$`),
  },
  {
    user: "free",
    says: ({ usage_percentage: share }: UserUsage) =>
      new RegExp(
        `^${(share ?? 0) < 1 ? "Less than 1" : Math.round(share ?? 0)}\\s% of your 10,000 tokens used; resets 1 [A-Z][a-z]+\\.$`,
      ),
  },
])("a user of the tier $user", ({ user, says }) => {
  test("reads how the month stands", async () => {
    const { page } = await browser.page();

    await openDashboard(page, server, server.token(user, { tier: user }));

    const usage = await usageOf(user);
    expect(usage).toMatchObject({ subscription_tier: user, total_operations: 1 });
    expect(await card(page, "This month").locator("p").first().textContent()).toMatch(says(usage));
  });

  test("sees what is left only where something is", async () => {
    const { page } = await browser.page();

    await openDashboard(page, server, server.token(user, { tier: user }));

    const left = await card(page, "This month").getByText("tokens left").allTextContents();
    const { month_tokens } = await usageOf(user);
    expect(left).toEqual(user === "free" ? [`${count(10_000 - month_tokens)} tokens left`] : []);
  });
});

test("the list of the top users says who is over the limit, and who has none", async () => {
  const { page } = await browser.page();

  await openDashboard(page, server, root);

  const { top_users } = await server.call<GlobalUsage>(root, "/ai/usage/global");
  const said = {
    tiny: "over the limit",
    none: "of 0",
    open: "No limit",
    free: "of 10,000",
  } as Record<string, string>;
  const shares = (await rows(card(page, "Top users"))).map((cells) => cells.at(-1));
  expect(top_users.map(({ user_id }) => user_id).sort()).toEqual(["free", "none", "open", "tiny"]);
  expect(shares).toEqual(
    top_users.map(({ user_id }) => expect.stringMatching(new RegExp(`${said[user_id]}$`))),
  );
});
