import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { formatAverage, formatMilliseconds } from "../../src/format";
import type { GlobalUsage, RealtimeStats } from "../../src/services/usage.service";
import { testBrowser } from "./browser";
import { card, choose, figures, openDashboard, rows } from "./dashboard";
import { testServer } from "./server";

// Every number of the page of all users is one that the API says, at the same moment.
const server = testServer({ withPast: true });
const browser = testBrowser();

let root = "";
const count = (value: number) => value.toLocaleString("en-GB");
const global = (query: string) => server.call<GlobalUsage>(root, `/ai/usage/global?${query}`);

beforeAll(async () => {
  root = server.token("root", { role: "admin" });
  const [alice, bob, carol] = ["alice", "bob", "carol"].map((user) => server.token(user)) as [
    string,
    string,
    string,
  ];
  await server.call(alice, "/ai/chat", { message: "hello" });
  await server.call(alice, "/ai/qa", { question: "why?" });
  await server.call(bob, "/ai/mindmap", { topic: "all" });
  await server.call(bob, "/ai/upload", { file: "text" });
  await server.call(carol, "/ai/summarize", { text: "long" });
  await server.callInVain(carol);
});

async function allUsers(): Promise<Page> {
  const { page } = await browser.page();
  await openDashboard(page, server, root);
  return page;
}

/** The page, and what it was told of the last hour: a minute later it is another hour. */
async function allUsersNow(): Promise<[Page, RealtimeStats]> {
  const { page } = await browser.page();
  const answer = page.waitForResponse(`${server.url}/ai/usage/realtime`);
  await openDashboard(page, server, root);
  await card(page, "The last hour").waitFor();
  return [page, await (await answer).json()];
}

test("the last hour", async () => {
  const [page, { last_hour, in_flight }] = await allUsersNow();

  const shown = await figures(card(page, "The last hour"));

  expect(last_hour.failed_operations).toBeGreaterThan(0);
  expect(shown).toEqual({
    Operations: last_hour.total_operations,
    Tokens: last_hour.total_tokens,
    "Active users": last_hour.active_users,
    "Success rate": (100 * last_hour.successful_operations) / last_hour.total_operations,
    "Response time": last_hour.avg_response_time_ms,
    "In flight": in_flight,
  });
});

test("the minutes of the last hour", async () => {
  const [page, { last_hour, as_of }] = await allUsersNow();

  const minutes = await rows(card(page, "The last hour"));

  expect(minutes).toHaveLength(60);
  expect(minutes[0]?.[0]).toBe(`${as_of.slice(11, 16)} UTC, so far`);
  expect(minutes.reduce((sum, [, operations]) => sum + Number(operations), 0)).toBe(
    last_hour.total_operations,
  );
});

test("the period", async () => {
  const page = await allUsers();

  const shown = await figures(page.getByRole("region", { name: "The last 30 days" }));

  const usage = await global("days=30");
  expect(usage.failed_operations).toBeGreaterThan(0);
  expect(shown).toEqual({
    Operations: usage.total_operations,
    Tokens: usage.total_tokens,
    Users: usage.unique_users,
    "Success rate": usage.success_rate,
    "Response time": usage.avg_response_time_ms,
  });
});

test("the notes below the period's numbers", async () => {
  const page = await allUsers();

  const notes = await page.locator("dd + dd").allTextContents();

  const usage = await global("days=30");
  expect(notes).toEqual([
    `${count(usage.failed_operations)} failed`,
    `${count(Math.round(usage.total_tokens / usage.total_operations))} per operation`,
    `${formatAverage(usage.total_operations, usage.unique_users)} operations on average`,
    `${count(usage.successful_operations)} of ${count(usage.total_operations)}`,
    "average",
  ]);
});

test("the days, newest first", async () => {
  const page = await allUsers();

  const days = await rows(card(page, "Daily activity"));

  const { daily_usage } = await global("days=30");
  expect(Object.keys(daily_usage)).toHaveLength(30);
  expect(days.map(([, operations, tokens]) => [operations, tokens])).toEqual(
    Object.entries(daily_usage)
      .sort(([a], [b]) => (a < b ? 1 : -1))
      .map(([, day]) => [count(day.operations), count(day.tokens)]),
  );
});

test.each([
  ["Operations", "operations"],
  ["Tokens", "tokens"],
] as const)("the sentence above the chart of %s", async (choice, metric) => {
  const page = await allUsers();
  const daily = card(page, "Daily activity");

  await choose(daily, "Show by day", choice);

  const days = Object.values((await global("days=30")).daily_usage);
  const total = days.reduce((sum, day) => sum + day[metric], 0);
  const most = Math.max(...days.map((day) => day[metric]));
  const sentence = await daily.locator("figure p").textContent();
  expect(sentence).toContain(`${count(total)} ${metric} in 30 days; most on `);
  expect(sentence).toContain(`(${count(most)})`);
});

test.each([
  ["By type", "Operations by type", "operations_by_type"],
  ["By endpoint", "Operations by endpoint", "operations_by_endpoint"],
] as const)("the operations, %s", async (choice, title, member) => {
  const page = await allUsers();

  await choose(page, "Count operations", choice);
  const showAll = card(page, title).getByRole("button", { name: "Show all" });
  if (await showAll.isVisible()) await showAll.click();

  const counts = (await global("days=30"))[member];
  const total = Object.values(counts).reduce((sum, operations) => sum + operations, 0);
  const shown = await rows(card(page, title));
  expect(shown.map(([name, operations]) => [name, operations]).sort()).toEqual(
    Object.entries(counts)
      .map(([name, operations]) => [
        member === "operations_by_type" ? name.replaceAll("_", " ") : name,
        count(operations),
      ])
      .sort(),
  );
  for (const [, operations, share] of shown) {
    const exact = (100 * Number(operations?.replaceAll(",", ""))) / total;
    expect(Math.abs(Number.parseFloat(share ?? "") - exact)).toBeLessThanOrEqual(0.0501);
  }
});

test("the top users, each with the share of the limit", async () => {
  const page = await allUsers();

  const shown = await rows(card(page, "Top users"));
  const shares = await card(page, "Top users")
    .locator("tbody data")
    .evaluateAll((all) => all.map((share) => Number(share.getAttribute("value"))));

  const { top_users } = await global("days=30&top=10");
  expect(shown.map((cells) => cells.slice(0, 3))).toEqual(
    top_users.map((user, index) => [
      `${index + 1}${user.user_id}${user.subscription_tier}`,
      count(user.operations),
      count(user.tokens),
    ]),
  );
  expect(shares).toEqual(
    top_users.map((user) => user.usage_percentage).filter((percentage) => percentage !== null),
  );
  expect(shown.map((cells) => cells[3] === "No limit")).toEqual(
    top_users.map((user) => user.subscription_limit === null),
  );
});

test("all users, where they are asked for", async () => {
  const page = await allUsers();
  const top = card(page, "Top users");

  await top.getByRole("button", { name: "Show all" }).click();
  await top.getByRole("button", { name: "Show the top 10" }).waitFor();
  await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });

  const { top_users, unique_users } = await global("days=30&top=100");
  const shown = await rows(top);
  expect(shown).toHaveLength(unique_users);
  expect(shown.map(([, , tokens]) => tokens)).toEqual(top_users.map((user) => count(user.tokens)));
});

test("the recent operations", async () => {
  const [page, { recent_operations }] = await allUsersNow();

  const shown = await rows(card(page, "Recent operations"));

  expect(recent_operations.map(({ success }) => success)).toContain(false);
  expect(shown.map((cells) => cells.slice(1))).toEqual(
    recent_operations.map((operation) => [
      operation.user_id,
      operation.operation_type.replaceAll("_", " "),
      count(operation.tokens_used),
      formatMilliseconds(operation.response_time_ms),
      operation.success ? "Success" : "Failed",
    ]),
  );
  expect(await datesOf(page)).toEqual(recent_operations.map(({ timestamp }) => timestamp));
});

function datesOf(page: Page): Promise<(string | null)[]> {
  return page
    .locator("tbody time")
    .evaluateAll((times) => times.map((time) => time.getAttribute("datetime")));
}
