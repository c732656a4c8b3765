import { beforeAll, describe, expect, test } from "vitest";
import { testBrowser } from "./browser";
import { card, eventually, openDashboard, settled } from "./dashboard";
import { testServer } from "./server";

// What stands where numbers will be, are not, or are of no use.
const server = testServer();
const browser = testBrowser();

const FIRST_CALL = "Make a call, and it is counted here:";
let root = "";

beforeAll(() => {
  root = server.token("root", { role: "admin" });
});

describe("before the first call", () => {
  test("the page of all users says how to make it", async () => {
    const { page, complaints } = await browser.page();

    await openDashboard(page, server, root);

    const empty = card(page, "Nothing yet");
    expect(await empty.locator("p").first().textContent()).toBe(
      `Nobody has made a call in the last 30 days. ${FIRST_CALL}`,
    );
    expect(await empty.locator("pre").textContent()).toContain(` ${server.url}/ai/chat`);
    expect(await page.getByRole("region", { name: "Top users" }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("a copy of the command makes a call", async () => {
    const { page } = await browser.page({ permissions: ["clipboard-read", "clipboard-write"] });
    await openDashboard(page, server, root);

    await page.getByRole("button", { name: "Copy" }).click();

    await page.getByRole("button", { name: "Copied" }).waitFor();
    const command = await page.evaluate(() => navigator.clipboard.readText());
    expect(command).toBe(await page.locator("pre").textContent());
    expect(command).toBe(
      `curl -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\\n` +
        `  -d '{"message":"hello"}' ${server.url}/ai/chat`,
    );
  });

  test("a browser that gives no clipboard marks the command instead", async () => {
    const { page } = await browser.page();
    await openDashboard(page, server, root);
    await page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new Error("not allowed"));
    });

    await page.getByRole("button", { name: "Copy" }).click();

    const command = await page.locator("pre").textContent();
    await eventually(async () => expect(await page.evaluate(() => String(getSelection()))).toBe(command));
  });

  test("a user has all of the limit left", async () => {
    const { page } = await browser.page();

    await openDashboard(page, server, server.token("newcomer"));

    expect(await card(page, "This month").locator("p").first().textContent()).toMatch(
      /^None of your 10,000 tokens used yet; resets 1 [A-Z][a-z]+\.$/,
    );
    expect(await card(page, "Nothing yet").locator("p").first().textContent()).toBe(
      `You have made no calls so far. ${FIRST_CALL}`,
    );
  });

  test("an administrator reads of anyone that nothing is known", async () => {
    const { page } = await browser.page();

    await openDashboard(page, server, root, "?user=nobody");

    expect(await card(page, "This month").locator("p").first().textContent()).toMatch(
      /^None of this user's 10,000 tokens used yet/,
    );
    await page.getByText("No call of a user with this id has been counted.").waitFor();
    expect(await page.getByText("curl").count()).toBe(0);
  });
});

describe("before the first answer", () => {
  test("a stand-in shows, and goes", async () => {
    const { page } = await browser.page();
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route("**/ai/usage/me?*", async (route) => {
      await asked;
      await route.continue();
    });

    await page.goto(`${server.url}/tallygate/#token=${server.token("newcomer")}`);

    const standIn = page.getByRole("status").filter({ hasText: "Loading your usage" });
    await standIn.waitFor();
    expect(await page.locator("data").count()).toBe(0);
    answer();
    await card(page, "This month").waitFor();
    expect(await standIn.count()).toBe(0);
  });
});

describe("where one answer of several fails", () => {
  test("the others are shown, and the problem tells what to do and what to look for", async () => {
    const { page } = await browser.page();
    const problem = {
      ...{ type: "about:blank", title: "Service Unavailable", status: 503 },
      detail: "the database does not answer; try again",
      ...{ code: "store_unavailable", request_id: "request-0123456789" },
    };
    await page.route("**/ai/usage/global?*", (route) =>
      route.fulfill({
        status: 503,
        contentType: "application/problem+json",
        headers: { "Retry-After": "0" },
        body: JSON.stringify(problem),
      }),
    );

    await page.goto(`${server.url}/tallygate/#token=${root}`);

    const shown = page.getByRole("alert");
    await shown.getByRole("heading", { name: "Service Unavailable" }).waitFor();
    expect(await shown.locator("p").allTextContents()).toEqual([
      "The database does not answer; try again.",
      "Request request-0123456789",
    ]);
    await card(page, "The last hour").waitFor();
    expect(await page.getByText("Not refreshed").isVisible()).toBe(true);

    await page.unroute("**/ai/usage/global?*");
    await shown.getByRole("button", { name: "Retry" }).click();
    await card(page, "Nothing yet").waitFor();
    await settled(page);
    expect(await shown.count()).toBe(0);
  });

  test("what comes from something before the server is told as that", async () => {
    const { page } = await browser.page();
    await page.route("**/ai/usage/realtime", (route) =>
      route.fulfill({ status: 403, contentType: "text/html", body: "<h1>No</h1>" }),
    );

    await page.goto(`${server.url}/tallygate/#token=${root}`);

    const problem = page.getByRole("alert");
    await problem.getByText("GET /ai/usage/realtime: 403 Forbidden with a body of text/html").waitFor();
    await card(page, "Nothing yet").waitFor();
  });
});
