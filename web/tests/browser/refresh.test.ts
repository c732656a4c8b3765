import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { testBrowser } from "./browser";
import { card, choose, eventually, figures, openDashboard, rows, search } from "./dashboard";
import { testServer } from "./server";

// What changes on a page that stays open, and what does not.
const server = testServer();
const browser = testBrowser();

let root = "";
let alice = "";

beforeAll(async () => {
  root = server.token("root", { role: "admin" });
  alice = server.token("alice");
  await server.call(root, "/ai/chat", { message: "hello" });
  await server.call(alice, "/ai/chat", { message: "hello" });
});

const views = [
  { view: "all users", as: () => root, query: "" },
  { view: "my usage", as: () => alice, query: "" },
  { view: "a user's page", as: () => root, query: "?user=alice" },
];

async function operations(page: Page): Promise<number | undefined> {
  return (await figures(page.getByRole("region", { name: /^The last \d+ days/ }))).Operations;
}

test.each(views)("a click on Refresh shows a new call: $view", async ({ as, query }) => {
  const { page, complaints } = await browser.page();
  await openDashboard(page, server, as(), query);
  const before = (await operations(page)) ?? 0;
  await server.call(alice, "/ai/qa", { question: "why?" });

  await page.getByRole("button", { name: "Refresh now" }).click();

  await eventually(async () => expect(await operations(page)).toBe(before + 1));
  expect(complaints).toEqual([]);
});

test.each(views)("everything else stays as it was: $view", async ({ as, query }) => {
  const { page } = await browser.page({ viewport: { width: 900, height: 500 } });
  await openDashboard(page, server, as(), query);
  const before = (await operations(page)) ?? 0;
  const daily = card(page, "Daily activity");
  await daily.getByText("Show as table").click();
  await choose(daily, "Show by day", "Tokens");
  await daily.locator("summary").focus();
  await page.evaluate(() => scrollTo(0, 321));
  await watch(page);
  await server.call(alice, "/ai/chat", { message: "hello" });

  // Not a real click: that would take the focus and scroll.
  await page.getByRole("button", { name: "Refresh now" }).dispatchEvent("click");

  await eventually(async () => expect(await operations(page)).toBe(before + 1));
  expect(await page.evaluate(() => scrollY)).toBe(321);
  expect(await daily.locator("details").getAttribute("open")).not.toBeNull();
  expect(await daily.locator("summary").evaluate((summary) => summary === document.activeElement)).toBe(true);
  expect(await daily.getByRole("radio", { name: "Tokens" }).isChecked()).toBe(true);
  expect(await seen(page)).toEqual([]);
});

test("a new user is in the list of the top users", async () => {
  const { page } = await browser.page();
  await openDashboard(page, server, root);
  await server.call(server.token("newcomer"), "/ai/chat", { message: "hello" });

  await page.getByRole("button", { name: "Refresh now" }).click();

  await eventually(async () =>
    expect((await rows(card(page, "Top users"))).map(([user]) => user)).toContainEqual(
      expect.stringContaining("newcomer"),
    ),
  );
});

test.each(views)("the period is in the address, and Back leads to the one before: $view", async (row) => {
  const { page, complaints } = await browser.page();
  await openDashboard(page, server, row.as(), row.query);
  const daily = card(page, "Daily activity");
  const more = row.query === "" ? "?" : `${row.query}&`;

  for (const days of [7, 90]) {
    await choose(page, "Period", `${days} days`);
    await eventually(async () => expect(await rows(daily)).toHaveLength(days));
    expect(search(page)).toBe(`${more}days=${days}`);
  }
  await page.goBack();
  await eventually(async () => expect(await rows(daily)).toHaveLength(7));
  expect(search(page)).toBe(`${more}days=7`);
  expect(await page.getByRole("radio", { name: "7 days" }).isChecked()).toBe(true);
  await page.goBack();
  await eventually(async () => expect(await rows(daily)).toHaveLength(30));

  expect(search(page)).toBe(row.query);
  expect(complaints).toEqual([]);
});

test.each(views)("while another period comes, the numbers of the one before stand in: $view", async (row) => {
  const { page } = await browser.page();
  await openDashboard(page, server, row.as(), row.query);
  const before = await page.locator("main time").allTextContents();
  let answer = () => {};
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route("**/ai/usage/**days=7*", async (route) => {
    await asked;
    await route.continue();
  });

  await choose(page, "Period", "7 days");

  await page.locator("[aria-busy=true]").first().waitFor();
  expect(await page.getByText(/^Loading /).count()).toBe(0);
  expect(await rows(card(page, "Daily activity"))).toHaveLength(30);
  expect(await page.locator("main time").allTextContents()).toEqual(before);
  answer();
  await eventually(async () => expect(await rows(card(page, "Daily activity"))).toHaveLength(7));
});

/** Keeps a record of whatever flickers from now on: parts that are taken away, or a stand-in that comes. */
async function watch(page: Page) {
  await page.evaluate(() => {
    const seen: string[] = [];
    new MutationObserver((changes) => {
      for (const { removedNodes, addedNodes } of changes) {
        for (const node of removedNodes)
          if (node instanceof Element && !node.matches("tr, span, svg *"))
            seen.push(`gone: ${node.outerHTML}`);
        for (const node of addedNodes)
          if (/^Loading /.test(node.textContent ?? "")) seen.push(`came: ${node.textContent}`);
      }
    }).observe(document.body, { childList: true, subtree: true });
    Object.assign(window, { seen });
  });
}

/** The record; nothing has loaded the page anew, else it would not be there. */
function seen(page: Page): Promise<string[]> {
  return page.evaluate(() => (window as unknown as { seen: string[] }).seen);
}
