import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import type { UserUsage } from "../../src/services/usage.service";
import { testBrowser } from "./browser";
import { card, eventually, figures, openDashboard, search, settled } from "./dashboard";
import { testServer } from "./server";

// Whatever a user is called is text, on every page and in every address.
const server = testServer();
const browser = testBrowser();

const IDS = [
  "<img src=x onerror=alert(1)>",
  '"><script>alert(1)</script>',
  "x".repeat(256),
  "ß".repeat(128), // 256 bytes, as a line that cannot break
  "漢".repeat(85),
  "مريم العربية Latin 123",
  "\u202egnp.exe",
  "👩‍🚀🏳️‍🌈",
  "../../etc",
  "a/b?c#d%2F",
  "  two blanks before",
  "&amp;+%20=",
  "__proto__",
  "constructor",
];
let root = "";

beforeAll(async () => {
  root = server.token("root", { role: "admin" });
  for (const id of IDS) await server.call(server.token(id), "/ai/chat", { message: "hello" });
});

async function allUsers(): Promise<[Page, string[]]> {
  const { page, complaints } = await browser.page({ viewport: { width: 360, height: 740 } });
  page.on("dialog", (dialog) => {
    complaints.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await openDashboard(page, server, root);
  await card(page, "Recent operations").waitFor();
  await showAll(page);
  return [page, complaints];
}

async function showAll(page: Page) {
  const top = card(page, "Top users");
  await top.getByRole("button", { name: "Show all" }).click();
  await eventually(async () => expect(await top.locator("bdi").count()).toBe(IDS.length));
}

/** Made of an id, not by the dashboard; and nothing that is too wide. */
async function expectNothingStrange(page: Page, complaints: string[]) {
  expect(await page.locator("img, iframe, body script").count()).toBe(0);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect(complaints).toEqual([]);
}

test.each(["Top users", "Recent operations"])("every id is there to the letter: %s", async (list) => {
  const [page, complaints] = await allUsers();

  const names = await card(page, list).locator("a bdi").allTextContents();

  expect(names.sort()).toEqual([...IDS].sort());
  await expectNothingStrange(page, complaints);
});

test("every id leads to a page of its own, and Back from there", async () => {
  const [page, complaints] = await allUsers();
  const links = card(page, "Top users").locator("a");

  for (const id of IDS) {
    await links.nth((await links.allTextContents()).indexOf(id)).click();
    await eventually(async () => expect(await page.locator("h1").textContent()).toBe(id));
    await settled(page);

    expect(new URLSearchParams(search(page)).get("user")).toBe(id);
    const usage = await server.call<UserUsage>(root, `/ai/usage/user/${encodeURIComponent(id)}`);
    expect(usage).toMatchObject({ user_id: id, total_operations: 1 });
    expect(await figures(page.getByRole("region", { name: "The last 30 days" })), id).toMatchObject({
      Operations: 1,
      Tokens: usage.total_tokens,
    });
    await expectNothingStrange(page, complaints);

    await page.goBack();
    await page.getByRole("heading", { name: "All users" }).waitFor();
    await showAll(page);
  }
});

test("every id is who is signed in", async () => {
  const { page, complaints } = await browser.page({ viewport: { width: 360, height: 740 } });
  await openDashboard(page, server, root);

  for (const id of IDS) {
    await page.evaluate((token) => location.assign(`#token=${token}`), server.token(id));
    await eventually(async () => expect(await page.locator("header bdi").textContent()).toBe(id));
    await card(page, "Recent activity").waitFor();

    await expectNothingStrange(page, complaints);
  }
});

test("what is looked up leads to that user's page", async () => {
  const [page] = await allUsers();
  const id = "a/b?c#d%2F";

  await page.getByRole("searchbox", { name: "User id" }).fill(id);
  await page.keyboard.press("Enter");

  await eventually(async () => expect(await page.locator("h1").textContent()).toBe(id));
  await settled(page);
  expect((await figures(page.locator("main"))).Operations).toBe(1);
});

test.each([".", ".."])("an id that no address can hold is refused in words: %j", async (id) => {
  const { page, complaints } = await browser.page({ viewport: { width: 360, height: 740 } });

  await page.goto(`${server.url}/tallygate/?user=${id}#token=${root}`);

  const problem = page.getByRole("alert");
  await problem.getByText("no URL can hold").waitFor();
  await expectNothingStrange(page, complaints);
});
