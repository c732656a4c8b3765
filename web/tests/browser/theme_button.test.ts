import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { testBrowser } from "./browser";
import { eventually, openDashboard, settled } from "./dashboard";
import { testServer } from "./server";

// The theme: the system's, until one chooses.
const server = testServer();
const browser = testBrowser();

const LIGHT = "rgb(247, 246, 242)";
const DARK = "rgb(15, 18, 20)";

const themeButton = (page: Page) => page.getByRole("button", { name: /^Theme: / });
const paper = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

test("the button goes round: system, light, dark", async () => {
  const { page, complaints } = await browser.page({ colorScheme: "dark" });
  await openDashboard(page, server, server.token("alice"));
  const seen: string[] = [];

  for (let press = 0; press < 4; press += 1) {
    seen.push(`${await themeButton(page).getAttribute("aria-label")} ${await paper(page)}`);
    await themeButton(page).click();
  }

  expect(seen).toEqual([
    `Theme: system; change to light ${DARK}`,
    `Theme: light; change to dark ${LIGHT}`,
    `Theme: dark; change to system ${DARK}`,
    `Theme: system; change to light ${DARK}`,
  ]);
  expect(complaints).toEqual([]);
});

test.each([
  ["light", "dark", LIGHT],
  ["dark", "light", DARK],
] as const)(
  "%s is kept over a reload, and there before anything is painted",
  async (chosen, system, colour) => {
    const { page } = await browser.page({ colorScheme: system });
    await openDashboard(page, server, server.token("alice"));
    while (!(await themeButton(page).getAttribute("aria-label"))?.startsWith(`Theme: ${chosen}`)) {
      await themeButton(page).click();
    }
    // Nothing is painted before there is a body.
    await page.addInitScript(() => {
      const observer = new MutationObserver(() => {
        if (!document.body) return;
        observer.disconnect();
        Object.assign(window, { themeAtFirst: document.documentElement.dataset.theme });
      });
      observer.observe(document, { childList: true, subtree: true });
    });

    await page.reload();
    await settled(page);

    expect(await page.evaluate(() => (window as unknown as { themeAtFirst?: string }).themeAtFirst)).toBe(
      chosen,
    );
    expect(await paper(page)).toBe(colour);
    expect(await themeButton(page).getAttribute("aria-label")).toMatch(new RegExp(`^Theme: ${chosen};`));
  },
);

test("without a choice, the theme follows the system while the page is open", async () => {
  const { page } = await browser.page({ colorScheme: "light" });
  await openDashboard(page, server, server.token("alice"));
  expect(await paper(page)).toBe(LIGHT);

  await page.emulateMedia({ colorScheme: "dark" });

  await eventually(async () => expect(await paper(page)).toBe(DARK));
});

test("the choice outlives signing out", async () => {
  const { page } = await browser.page({ colorScheme: "light" });
  await openDashboard(page, server, server.token("alice"));
  await themeButton(page).click();
  await themeButton(page).click();

  await page.getByRole("button", { name: "Sign out" }).click();

  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(await paper(page)).toBe(DARK);
});
