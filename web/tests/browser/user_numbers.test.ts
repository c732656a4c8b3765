import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { formatMilliseconds } from "../../src/format";
import type { UserUsage } from "../../src/services/usage.service";
import { testBrowser } from "./browser";
import { card, figures, openDashboard, rows } from "./dashboard";
import { testServer } from "./server";

// Every number of a user's page is one that the API says, for the user and for an administrator.
const server = testServer({ withPast: true });
const browser = testBrowser();

const USER = "alice"; // has a past
let own = "";
let root = "";
const count = (value: number) => value.toLocaleString("en-GB");

beforeAll(async () => {
  root = server.token("root", { role: "admin" });
  own = server.token(USER, { tier: "pro" });
  await server.call(own, "/ai/chat", { message: "hello" });
  await server.call(own, "/ai/mindmap", { topic: "all" });
  await server.callInVain(own);
});

describe.each([
  { whose: "my usage", as: () => own, query: "", path: "/ai/usage/me" },
  { whose: "a user's page", as: () => root, query: `?user=${USER}`, path: `/ai/usage/user/${USER}` },
])("$whose", ({ as, query, path }) => {
  const usage = () => server.call<UserUsage>(as(), path);

  async function shown(): Promise<Page> {
    const { page } = await browser.page();
    await openDashboard(page, server, as(), query);
    return page;
  }

  test("says how much of the month's limit is used, and left", async () => {
    const page = await shown();
    const month = card(page, "This month");

    const { month_tokens, subscription_limit, usage_percentage } = await usage();
    const left = (subscription_limit ?? 0) - month_tokens;
    expect(subscription_limit).toBe(200_000);
    expect(left).toBeGreaterThan(0);
    const share = (usage_percentage ?? 0) < 1 ? "Less than 1" : Math.round(usage_percentage ?? 0);
    const owner = query === "" ? "your" : "this user's";
    const sentence = await month.locator("strong").locator("..").textContent();
    expect(sentence?.replaceAll("\u00a0", " ")).toContain(`${share} % of ${owner} 200,000 tokens used; `);
    expect(await month.locator("data").getAttribute("value")).toBe(String(month_tokens));
    expect(await month.locator("p").last().textContent()).toBe(
      `${count(month_tokens)} used${count(left)} tokens left`,
    );
    expect(await month.getByText("pro", { exact: true }).count()).toBe(1);
  });

  test("sums up the period", async () => {
    const page = await shown();

    const sums = page.getByRole("region", { name: "The last 30 days" });

    const told = await usage();
    expect(told.failed_operations).toBeGreaterThan(0);
    expect(await figures(sums)).toEqual({
      Operations: told.total_operations,
      Tokens: told.total_tokens,
      "Success rate": told.success_rate,
      "Response time": told.avg_response_time_ms,
    });
    expect(await sums.locator("dd + dd").allTextContents()).toEqual([
      `${count(told.failed_operations)} failed`,
      `${count(Math.round(told.total_tokens / told.total_operations))} per operation`,
      `${count(told.successful_operations)} of ${count(told.total_operations)}`,
      "average",
    ]);
  });

  test("lists the days, newest first", async () => {
    const page = await shown();

    const days = await rows(card(page, "Daily activity"));

    expect(days.map(([, operations, tokens]) => [operations, tokens])).toEqual(
      Object.entries((await usage()).daily_usage)
        .sort(([a], [b]) => (a < b ? 1 : -1))
        .map(([, day]) => [count(day.operations), count(day.tokens)]),
    );
    expect(days).toHaveLength(30);
  });

  test("counts the operations by type", async () => {
    const page = await shown();

    const types = card(page, "Operations by type");
    const showAll = types.getByRole("button", { name: "Show all" });
    if (await showAll.isVisible()) await showAll.click();

    expect((await rows(types)).map(([name, operations]) => [name, operations]).sort()).toEqual(
      Object.entries((await usage()).operations_by_type)
        .map(([name, operations]) => [name.replaceAll("_", " "), count(operations)])
        .sort(),
    );
  });

  test("lists the recent operations, with where they went", async () => {
    const page = await shown();

    const recent = await rows(card(page, "Recent activity"));

    expect(recent.map((cells) => cells.slice(1))).toEqual(
      (await usage()).recent_operations.map((operation) => [
        `${operation.operation_type.replaceAll("_", " ")}${operation.endpoint}`,
        count(operation.tokens_used),
        formatMilliseconds(operation.response_time_ms),
        operation.success ? "Success" : "Failed",
      ]),
    );
    expect(recent[0]?.at(-1)).toBe("Failed");
  });
});
