import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { testBrowser } from "./browser";
import { eventually, openDashboard, setServerClock, settled } from "./dashboard";
import { testServer } from "./server";

// When an open page asks again, by a clock that the test moves.
const server = testServer();
const browser = testBrowser();

let token = "";

beforeAll(async () => {
  token = server.token("alice");
  await server.call(token, "/ai/chat", { message: "hello" });
});

/** The page, and how often it has asked since it was there. */
async function openPage(): Promise<[Page, () => number]> {
  const { page } = await browser.page();
  await page.clock.install();
  await openDashboard(page, server, token);
  let asked = 0;
  page.on("request", (request) => {
    if (new URL(request.url()).pathname === "/ai/usage/me") asked += 1;
  });
  return [page, () => asked];
}

/** As if the tab were put behind another, or back in front. */
function turn(page: Page, visibility: "hidden" | "visible") {
  return page.evaluate((state) => {
    Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
    Object.defineProperty(document, "hidden", { value: state === "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  }, visibility);
}

/** Lets time pass, and waits for the answers to whatever is asked meanwhile. */
async function pass(page: Page, seconds: number) {
  await page.clock.fastForward(seconds * 1000);
  await settled(page);
}

describe("an open page asks again", () => {
  test("every 30 seconds", async () => {
    const [page, asked] = await openPage();

    await pass(page, 15); // and the clock goes on by itself
    expect(asked()).toBe(0);
    await pass(page, 15);
    await eventually(() => expect(asked()).toBe(1));
    await pass(page, 30);
    await eventually(() => expect(asked()).toBe(2));
  });

  test("not while it is hidden, but at once when it is seen again", async () => {
    const [page, asked] = await openPage();

    await turn(page, "hidden");
    for (let minute = 0; minute < 5; minute += 1) await pass(page, 60);
    expect(asked()).toBe(0);
    await turn(page, "visible");

    await eventually(() => expect(asked()).toBe(1));
  });

  test("not while it is paused, and again when it is resumed", async () => {
    const [page, asked] = await openPage();

    await page.getByRole("button", { name: "Pause refreshing" }).click();
    await page.getByText(/^Paused/).waitFor();
    for (let minute = 0; minute < 5; minute += 1) await pass(page, 60);
    expect(asked()).toBe(0);
    await page.getByRole("button", { name: "Resume refreshing" }).click();
    await page.getByText(/^Live/).waitFor();
    expect(asked()).toBe(1);
    await pass(page, 30);

    await eventually(() => expect(asked()).toBe(2));
  });

  test("not when a paused page is seen again", async () => {
    const [page, asked] = await openPage();
    await page.getByRole("button", { name: "Pause refreshing" }).click();

    await turn(page, "hidden");
    await pass(page, 60);
    await turn(page, "visible");
    await pass(page, 60);
    expect(asked()).toBe(0);

    await page.getByRole("button", { name: "Refresh now" }).click();
    await eventually(() => expect(asked()).toBe(1));
  });

  test("in the view to which one went, and no longer in the one before", async () => {
    const { page } = await browser.page();
    await page.clock.install();
    await openDashboard(page, server, server.token("root", { role: "admin" }));
    await page.getByRole("link", { name: "My usage" }).click();
    await page.getByRole("heading", { name: "My usage" }).waitFor();
    await settled(page);
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));

    await pass(page, 30);

    await eventually(() => expect(asked).toEqual(["/ai/usage/me"]));
  });
});

test("the state tells as of when the numbers are, by the server's clock", async () => {
  const { page } = await browser.page();
  await page.clock.install({ time: new Date("2030-05-06T07:08:09Z") }); // far from the server's
  let hour = 7;
  await setServerClock(page, () => new Date(`2026-11-24T0${hour}:30:00Z`));
  await openDashboard(page, server, token);
  const asOf = page.locator("main time").first();
  expect(await asOf.textContent()).toMatch(/^07:30:\d\d$/);

  hour = 8;
  await pass(page, 30);

  await eventually(async () => expect(await asOf.textContent()).toMatch(/^08:30:\d\d$/));
});

test("numbers that are old are not called live, though nothing has failed yet", async () => {
  const { page } = await browser.page();
  await page.clock.install();
  await openDashboard(page, server, token);
  await page.getByText(/^Live/).waitFor();
  await page.route("**/ai/usage/me?*", () => {}); // never answered

  await page.clock.fastForward(30_000);
  await page.clock.fastForward(14_000);
  expect(await page.getByText(/^Live/).count()).toBe(1);
  await page.clock.fastForward(10_000);

  await page.getByText(/^(Waiting for numbers|Not refreshed)/).waitFor();
  expect(await page.getByText(/^Live/).count()).toBe(0);
});
