import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { testBrowser } from "./browser";
import { openDashboard } from "./dashboard";
import { testServer } from "./server";
import { inSeconds } from "./tokens";

// How one goes out: by one's own wish, or because the token no longer holds.
const server = testServer();
const browser = testBrowser();

let alice = "";
let root = "";

beforeAll(async () => {
  alice = server.token("alice");
  root = server.token("root", { role: "admin" });
  await server.call(alice, "/ai/chat", { message: "hello" });
});

async function expectNothingLeft(page: Page) {
  expect(await page.evaluate(() => JSON.stringify([sessionStorage, localStorage]))).toBe("[{},{}]");
  expect(await page.locator("data, table").count()).toBe(0);
}

describe("signing out", () => {
  test("forgets the token and the numbers", async () => {
    const { page, complaints } = await browser.page();
    await openDashboard(page, server, alice);

    await page.getByRole("button", { name: "Sign out" }).click();

    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await expectNothingLeft(page);
    expect(await page.getByRole("alert").textContent()).toBe("");
    expect(complaints).toEqual([]);
  });

  test("is not undone by Back, Forward or a reload", async () => {
    const { page } = await browser.page();
    await openDashboard(page, server, root);
    await page.getByRole("link", { name: "My usage" }).click();
    await page.getByRole("heading", { name: "My usage" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();

    for (const move of [() => page.goBack(), () => page.goForward(), () => page.reload()]) {
      await move();
      await page.getByRole("heading", { name: "Sign in" }).waitFor();
      await expectNothingLeft(page);
    }
  });

  test("is not undone by leaving the dashboard and coming back", async () => {
    const { page } = await browser.page();
    await openDashboard(page, server, alice);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();

    await page.goto(`${server.url}/tallygate/licenses.md`);
    await page.goBack();

    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await expectNothingLeft(page);
  });

  test("leaves nothing to whoever signs in next", async () => {
    const { page } = await browser.page();
    await openDashboard(page, server, root);
    await page.getByRole("button", { name: "Sign out" }).click();

    await page.getByLabel("Token", { exact: true }).fill(server.token("bob"));
    await page.keyboard.press("Enter");

    await page.getByRole("heading", { name: "My usage" }).waitFor();
    await page.getByText("You have made no calls so far.").waitFor();
    expect(await page.getByText("alice").count()).toBe(0);
  });
});

test("a token that expires leads back to sign-in at the next refresh, and says why", async () => {
  const { page } = await browser.page();
  await openDashboard(page, server, alice);
  // From now on the server sees the token as it will be: expired.
  const expired = server.sign({ sub: "alice", exp: inSeconds(-3600) });
  await page.route("**/ai/usage/me?*", (route) =>
    route.continue({ headers: { ...route.request().headers(), authorization: `Bearer ${expired}` } }),
  );

  await page.getByRole("button", { name: "Refresh now" }).click();

  await page.getByRole("alert").getByText("The token has expired; get a new one.").waitFor();
  await expectNothingLeft(page);
});

test("whoever had to go comes back to the place where they were", async () => {
  const { page } = await browser.page();
  await openDashboard(page, server, root, "?user=alice&days=7");
  await page.route("**/ai/usage/user/*", (route) =>
    route.continue({ headers: { ...route.request().headers(), authorization: "Bearer a.b.c" } }),
  );
  await page.getByRole("button", { name: "Refresh now" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.unrouteAll();

  await page.getByLabel("Token", { exact: true }).fill(root);
  await page.keyboard.press("Enter");

  await page.getByRole("heading", { name: "alice" }).waitFor();
  expect(await page.getByRole("radio", { name: "7 days" }).isChecked()).toBe(true);
});

test("whoever wished to go leaves no trace of whom they looked at", async () => {
  const { page } = await browser.page();
  await openDashboard(page, server, root, "?user=alice&days=7");

  await page.getByRole("button", { name: "Sign out" }).click();

  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(await page.title()).toBe("Sign in · Tallygate");
  expect(page.url()).toBe(`${server.url}/tallygate/`);
});

describe("a browser that keeps pages whole for Back", () => {
  const keeping = testBrowser({ keepsPages: true });

  test("brings none back signed in after a sign-out", async () => {
    const { page } = await keeping.page();
    await openDashboard(page, server, root);
    await page.goto(`${server.url}/tallygate/licenses.md`);
    await page.goto(`${server.url}/tallygate/`);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();

    await page.evaluate(() => history.go(-2));

    await page.waitForFunction(() => document.querySelector("h1")?.textContent === "Sign in");
    await expectNothingLeft(page);
  });
});
