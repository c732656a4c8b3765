import type { Locator, Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { testBrowser } from "./browser";
import { card, eventually, openDashboard, rows, search, settled } from "./dashboard";
import { testServer } from "./server";

// Everything can be done by keys alone, and one always sees where one is.
const server = testServer({ withPast: true });
const browser = testBrowser();

let root = "";

beforeAll(() => {
  root = server.token("root", { role: "admin" });
});

async function allUsers(): Promise<Page> {
  const { page } = await browser.page();
  await openDashboard(page, server, root);
  await card(page, "Recent operations").waitFor();
  return page;
}

/** The page of sign-in, where the field has the focus. */
async function openSignIn(page: Page) {
  await page.goto(`${server.url}/tallygate/`);
  await eventually(async () => expect(await isFocused(page.getByLabel("Token", { exact: true }))).toBe(true));
}

const isFocused = (target: Locator) => target.evaluate((element) => element === document.activeElement);

/** Presses Tab, or another key, until `target` has the focus. */
async function tabTo(page: Page, target: Locator, key = "Tab") {
  for (let press = 0; press < 100; press += 1) {
    await page.keyboard.press(key);
    if (await isFocused(target)) return;
  }
  throw new Error(`${key} does not lead to ${target}`);
}

describe("the focus", () => {
  test.each([
    {
      view: "of all users",
      query: "",
      least: 40,
      stops: ["Skip to", "Refresh now", "Operations by day", "Look up"],
    },
    {
      view: "of a user",
      query: "?user=alice",
      least: 15,
      stops: ["All users", "Tokens by day", "Show as table"],
    },
    { view: "of sign-in", query: null, least: 2, stops: ["Sign in"] },
  ])("is seen wherever Tab leads, on the page $view", async ({ query, least, stops }) => {
    for (const width of [360, 1280]) {
      const { page } = await browser.page({ viewport: { width, height: 800 } });
      if (query === null) await openSignIn(page);
      else {
        await openDashboard(page, server, root, query);
        await page.keyboard.press("Tab");
      }
      const visited = new Set<string>();

      for (;;) {
        const { name, fault } = await page.evaluate(describeFocus);
        if (name === "the end" || visited.has(name)) break;
        visited.add(name);
        expect(fault, `${name}, ${width} wide`).toBe("");
        await page.keyboard.press("Tab");
      }

      for (const stop of stops) expect([...visited].join("\n")).toContain(stop);
      expect(visited.size).toBeGreaterThanOrEqual(least);
    }
  });

  test("goes back the same way", async () => {
    const page = await allUsers();
    await tabTo(page, page.getByRole("searchbox", { name: "User id" }));

    await page.keyboard.press("Tab");
    await page.keyboard.press("Shift+Tab");

    expect(await isFocused(page.getByRole("searchbox", { name: "User id" }))).toBe(true);
  });

  test("begins in the field of the token when one signs in", async () => {
    const { page } = await browser.page();
    await openSignIn(page);

    await page.keyboard.insertText(root);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");

    await page.getByRole("heading", { name: "All users" }).waitFor();
  });
});

describe("by keys alone", () => {
  test("the first Tab offers to skip to the numbers", async () => {
    const page = await allUsers();

    await page.keyboard.press("Tab");
    const skip = page.getByRole("link", { name: "Skip to the numbers" });
    expect(await isFocused(skip)).toBe(true);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");

    expect(await isFocused(page.getByRole("button", { name: "Refresh now" }))).toBe(true);
    expect(await page.locator("h1").textContent()).toBe("All users");
  });

  test("one goes to the other view, where the heading has the focus", async () => {
    const page = await allUsers();

    await tabTo(page, page.getByRole("link", { name: "My usage" }));
    await page.keyboard.press("Enter");

    const heading = page.getByRole("heading", { name: "My usage" });
    await heading.waitFor();
    await eventually(async () => expect(await isFocused(heading)).toBe(true));
  });

  test("the arrows choose the period", async () => {
    const page = await allUsers();

    await tabTo(page, page.getByRole("radio", { name: "30 days" }));
    await page.keyboard.press("ArrowRight");
    await eventually(async () => expect(await rows(card(page, "Daily activity"))).toHaveLength(90));
    await page.keyboard.press("ArrowRight");
    await eventually(async () => expect(await rows(card(page, "Daily activity"))).toHaveLength(7));

    expect(search(page)).toBe("?days=7");
    expect(await isFocused(page.getByRole("radio", { name: "7 days" }))).toBe(true);
  });

  test("one refreshes, pauses and resumes, and the button keeps the focus", async () => {
    const page = await allUsers();
    const refresh = page.getByRole("button", { name: "Refresh now" });
    await tabTo(page, refresh);

    const asked = page.waitForRequest("**/ai/usage/global?*");
    await page.keyboard.press("Enter");
    await asked;
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");

    const resume = page.getByRole("button", { name: "Resume refreshing" });
    await page.getByText(/^Paused/).waitFor();
    expect(await isFocused(resume)).toBe(true);
    await page.keyboard.press("Space");
    await page.getByText(/^Live/).waitFor();
  });

  test("the arrows walk over the days of a chart, Home and End to its ends, Escape away", async () => {
    const page = await allUsers();
    const chart = card(page, "Daily activity").getByRole("slider");
    const told = card(page, "Daily activity").locator("figure p");
    const sum = await told.textContent();
    const days = (await rows(card(page, "Daily activity"))).map(([day]) => day?.replace(" so far", ""));
    await tabTo(page, chart);

    for (const [key, index] of [
      ["ArrowLeft", 1],
      ["ArrowLeft", 2],
      ["ArrowRight", 1],
      ["Home", 29],
      ["ArrowLeft", 29],
      ["PageUp", 22],
      ["End", 0],
      ["ArrowRight", 0],
    ] as const) {
      await page.keyboard.press(key);
      const text = await chart.getAttribute("aria-valuetext");
      expect(text, key).toContain(days[index]);
      expect(await told.textContent(), "what is read out is shown").toBe(text);
      expect(await chart.getAttribute("aria-valuenow")).toBe(String(30 - index));
    }
    await page.keyboard.press("Escape");

    expect(await told.textContent()).toBe(sum);
    expect(await isFocused(chart)).toBe(true);
  });

  test("the numbers of a chart are shown as a table", async () => {
    const page = await allUsers();
    const daily = card(page, "Daily activity");

    await tabTo(page, daily.locator("summary"));
    expect(await daily.getByRole("table").isVisible()).toBe(false);
    await page.keyboard.press("Enter");

    expect(await daily.getByRole("table").isVisible()).toBe(true);
  });

  test("one opens a user's page, whose heading has the focus, and comes back", async () => {
    const page = await allUsers();
    const link = card(page, "Top users").getByRole("link", { name: "alice" });

    await tabTo(page, link);
    await page.keyboard.press("Enter");
    const heading = page.getByRole("heading", { name: "alice" });
    await heading.waitFor();
    await eventually(async () => expect(await isFocused(heading)).toBe(true));
    await settled(page);
    await tabTo(page, page.locator("main").getByRole("link", { name: "All users" }));
    await page.keyboard.press("Enter");

    await eventually(async () =>
      expect(await isFocused(page.getByRole("heading", { name: "All users" }))).toBe(true),
    );
  });

  test("one looks a user up", async () => {
    const page = await allUsers();

    await tabTo(page, page.getByRole("searchbox", { name: "User id" }));
    await page.keyboard.type("dora");
    await page.keyboard.press("Enter");

    await page.getByRole("heading", { name: "dora" }).waitFor();
    expect(search(page)).toBe("?user=dora");
  });

  test("one chooses the theme and signs out", async () => {
    const page = await allUsers();

    await tabTo(page, page.getByRole("button", { name: /^Theme: / }));
    await page.keyboard.press("Enter");
    expect(await isFocused(page.getByRole("button", { name: /^Theme: light/ }))).toBe(true);
    await tabTo(page, page.getByRole("button", { name: "Sign out" }));
    await page.keyboard.press("Enter");

    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await eventually(async () =>
      expect(await isFocused(page.getByLabel("Token", { exact: true }))).toBe(true),
    );
  });
});

/** In the page: which element has the focus, and why its outline cannot be seen whole, if so. */
function describeFocus(): { name: string; fault: string } {
  const element = document.activeElement;
  if (!element || element === document.body) return { name: "the end", fault: "" };
  const all = [...document.querySelectorAll("*")];
  const label = element.getAttribute("aria-label") ?? element.textContent;
  const name = `${all.indexOf(element)} ${element.tagName} ${label}`;
  // A radio button is drawn by the text at its side.
  const drawn = getComputedStyle(element).opacity === "0" ? element.nextElementSibling : element;
  if (!drawn) return { name, fault: "it cannot be seen" };
  const { outlineStyle, outlineWidth, outlineOffset } = getComputedStyle(drawn);
  const width = Number.parseFloat(outlineWidth);
  if (outlineStyle === "none" || width < 2) return { name, fault: "it has no outline" };
  const room = Math.max(0, width + Number.parseFloat(outlineOffset));
  const box = drawn.getBoundingClientRect();
  const outside = (edge: { left: number; top: number; right: number; bottom: number }) =>
    box.left - room < edge.left - 0.5 ||
    box.top - room < edge.top - 0.5 ||
    box.right + room > edge.right + 0.5 ||
    box.bottom + room > edge.bottom + 0.5;
  if (outside({ left: 0, top: 0, right: innerWidth, bottom: innerHeight }))
    return { name, fault: "its outline is outside of the window" };
  for (let around = drawn.parentElement; around; around = around.parentElement) {
    if (getComputedStyle(around).overflow === "hidden" && outside(around.getBoundingClientRect()))
      return { name, fault: `its outline is cut off by ${around.tagName}.${around.className}` };
  }
  return { name, fault: "" };
}
