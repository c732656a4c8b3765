import type { BrowserContext, Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { testBrowser } from "./browser";
import { eventually, openDashboard, settled } from "./dashboard";
import { testServer } from "./server";
import { inSeconds } from "./tokens";

// How one comes in.
const server = testServer();
const browser = testBrowser();

let token = "";

beforeAll(() => {
  token = server.token("alice");
});

/** The page of sign-in, and the requests that it has made since it was there. */
async function signInPage(): Promise<[Page, string[]]> {
  const { page } = await browser.page();
  await page.goto(`${server.url}/tallygate/`);
  await page.getByLabel("Token", { exact: true }).waitFor();
  const requests: string[] = [];
  page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  return [page, requests];
}

/** Every place of the browser that a token could be kept in. */
async function kept(page: Page, context: BrowserContext = page.context()) {
  const storage = await page.evaluate(() => ({
    local: JSON.stringify(localStorage),
    session: JSON.stringify(sessionStorage),
    cookie: document.cookie,
  }));
  return { ...storage, cookies: await context.cookies() };
}

describe("a sign-in link", () => {
  test("signs in", async () => {
    const { page, complaints } = await browser.page();

    await page.goto(`${server.url}/tallygate/#token=${token}`);

    await page.getByRole("heading", { name: "My usage" }).waitFor();
    expect(complaints).toEqual([]);
  });

  test("leaves the address and the history of the tab", async () => {
    const { page } = await browser.page();
    await page.goto(`${server.url}/tallygate/licenses.md`);

    await openDashboard(page, server, token, "?days=7");

    expect(page.url()).toBe(`${server.url}/tallygate/?days=7`);
    await page.goBack();
    await page.goForward();
    await page.getByRole("heading", { name: "My usage" }).waitFor();
    expect(page.url()).toBe(`${server.url}/tallygate/?days=7`);
    expect(await page.evaluate(() => history.length)).toBe(3); // the empty page, the licences, this one
  });

  test("in a tab that shows somebody else's usage shows one's own", async () => {
    const { page } = await browser.page();
    await openDashboard(page, server, server.token("bob"));

    await page.evaluate((other) => location.assign(`#token=${other}`), token);

    await page.locator("header").getByText("alice").waitFor();
    expect(page.url()).not.toContain("token");
  });

  test("of whoever is signed in already changes nothing", async () => {
    const { page, complaints } = await browser.page();
    await openDashboard(page, server, token);

    await page.evaluate((same) => location.assign(`#token=${same}`), token);

    await eventually(() => expect(page.url()).toBe(`${server.url}/tallygate/`));
    await settled(page);
    await page.getByRole("button", { name: "Refresh now" }).click();
    await settled(page);
    expect(await page.locator("h1").textContent()).toBe("My usage");
    expect(await page.locator("header bdi").textContent()).toBe("alice");
    expect(complaints).toEqual([]);
  });

  test("that was cut says so, and asks the server nothing", async () => {
    const { page } = await browser.page();
    const requests: string[] = [];
    page.on("request", (request) => requests.push(new URL(request.url()).pathname));

    await page.goto(`${server.url}/tallygate/#token=${token.slice(0, 30)}`);

    await page.getByRole("alert").getByText("The sign-in link is not whole").waitFor();
    expect(page.url()).toBe(`${server.url}/tallygate/`);
    expect(requests.filter((path) => !path.startsWith("/tallygate/"))).toEqual([]);
    expect(requests).not.toContain("/tallygate/session");
  });
});

describe("a pasted token", () => {
  test("signs in, with what a terminal and a header bring along", async () => {
    const [page] = await signInPage();
    const half = token.length / 2;

    await page
      .getByLabel("Token", { exact: true })
      .fill(`Bearer ${token.slice(0, half)}\n  ${token.slice(half)}\n`);
    await page.getByRole("button", { name: "Sign in" }).click();

    await page.getByRole("heading", { name: "My usage" }).waitFor();
  });

  test("is sent by Enter", async () => {
    const [page] = await signInPage();

    await page.getByLabel("Token", { exact: true }).fill(token);
    await page.keyboard.press("Enter");

    await page.getByRole("heading", { name: "My usage" }).waitFor();
  });

  test.each([
    ["", "Paste a token first."],
    ["password", "This is not a token"],
    ["a.b.c.d", "This is not a token"],
    ["eyJhbGciOi….eyJzdWIiOi….c2lnbmF0…", "This is not a token"],
  ])("is refused where it is none, without a question to the server: %j", async (text, reason) => {
    const [page, requests] = await signInPage();

    await page.getByLabel("Token", { exact: true }).fill(text);
    await page.getByRole("button", { name: "Sign in" }).click();

    await page.getByRole("alert").getByText(reason).waitFor();
    expect(await page.getByLabel("Token", { exact: true }).getAttribute("aria-invalid")).toBe("true");
    expect(requests).toEqual([]);
  });

  test.each([
    [
      "has expired",
      () => server.sign({ sub: "alice", exp: inSeconds(-3600) }),
      "The token has expired; get a new one.",
    ],
    [
      "another secret signed",
      () => server.sign({ sub: "alice", exp: inSeconds(3600) }, "0".repeat(64)),
      "The token's signature does not hold; send the token as it was issued.",
    ],
    [
      "names nobody",
      () => server.sign({ exp: inSeconds(3600) }),
      "The token has no claim /sub, which names the user.",
    ],
  ])("that %s is refused, and says why", async (_, make, reason) => {
    const [page, requests] = await signInPage();

    await page.getByLabel("Token", { exact: true }).fill(make());
    await page.getByRole("button", { name: "Sign in" }).click();

    await eventually(async () => expect(await page.getByRole("alert").textContent()).toBe(reason));
    expect(requests).toEqual(["/tallygate/session"]);
    expect((await kept(page)).session).toBe("{}");
  });
});

describe("the token", () => {
  test("is kept over a reload, by session storage alone", async () => {
    const { page } = await browser.page();
    await openDashboard(page, server, token);

    await page.reload();

    await page.getByRole("heading", { name: "My usage" }).waitFor();
    const { session, ...elsewhere } = await kept(page);
    expect(session).toBe(JSON.stringify({ "tallygate.token": token }));
    expect(elsewhere).toEqual({ local: "{}", cookie: "", cookies: [] });
  });

  test("is not in another tab", async () => {
    const { page } = await browser.page();
    await openDashboard(page, server, token);

    const other = await page.context().newPage();
    await other.goto(`${server.url}/tallygate/`);

    await other.getByRole("heading", { name: "Sign in" }).waitFor();
  });

  test("is in no address that the page asks for", async () => {
    const { page } = await browser.page();
    const addresses: string[] = [];
    page.on("request", (request) => addresses.push(request.url()));

    await openDashboard(page, server, token);

    expect(addresses.length).toBeGreaterThan(3);
    expect(addresses.slice(1).filter((address) => address.includes(token))).toEqual([]);
  });
});
