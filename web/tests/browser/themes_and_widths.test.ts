import { mkdirSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { testBrowser } from "./browser";
import { eventually, openDashboard, settled } from "./dashboard";
import { testServer } from "./server";

// Every view in every theme at every width: nothing to scroll sideways, no complaint, no barrier that axe finds.
const busy = testServer({ withPast: true });
const idle = testServer();
const browser = testBrowser();

const WIDTHS = [360, 390, 768, 1440];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** Where pictures of all of them are put, if anywhere. */
const PICTURES = process.env.TALLYGATE_SCREENSHOTS;

let alice = "";
let root = "";

beforeAll(async () => {
  alice = busy.token("alice", { tier: "pro" });
  root = busy.token("root", { role: "admin" });
  await busy.call(alice, "/ai/chat", { message: "hello" });
  await busy.callInVain(alice);
});

const VIEWS: Record<string, (page: Page) => Promise<void>> = {
  "sign-in": async (page) => {
    await page.goto(`${busy.url}/tallygate/`);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Paste a token first.").waitFor();
  },
  admin: (page) => openDashboard(page, busy, root, "?days=90"),
  "my-usage": (page) => openDashboard(page, busy, alice),
  user: (page) => openDashboard(page, busy, root, "?user=li.wei@example.com"),
  empty: (page) => openDashboard(page, idle, idle.token("root", { role: "admin" })),
  error: async (page) => {
    await page.route("**/ai/usage/me?*", (route) => route.fulfill({ status: 403, json: {} }));
    await page.goto(`${busy.url}/tallygate/#token=${alice}`);
    await page.getByRole("button", { name: "Retry" }).waitFor();
  },
};

describe.each(["light", "dark"] as const)("%s", (theme) => {
  test.each(Object.keys(VIEWS))("%s", async (view) => {
    const { page, complaints } = await browser.page({ colorScheme: theme, reducedMotion: "reduce" });
    await VIEWS[view]?.(page);
    await settled(page);
    await page.evaluate(axe.source);

    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      await drawn(page);
      if (PICTURES) await picture(page, `${view}-${theme}-${width}`);
      await openTables(page, true);

      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      expect(await overfull(page), `${width} wide`).toEqual([]);
      expect(await barriers(page), `${width} wide`).toEqual([]);
      await openTables(page, false);
    }
    const isWanted = (complaint: string) => view === "error" && complaint.includes("403 (Forbidden)");
    expect(complaints.filter((complaint) => !isWanted(complaint))).toEqual([]);
  });
});

/** Waits until the charts have the width of the page. */
async function drawn(page: Page) {
  await eventually(async () => {
    const widths = await page
      .locator("[role=slider]")
      .evaluateAll((charts) =>
        charts.map((chart) => [
          Math.floor(chart.clientWidth),
          chart.querySelector("svg")?.viewBox.baseVal.width,
        ]),
      );
    for (const [frame, drawing] of widths) expect(drawing).toBe(frame);
  });
}

async function openTables(page: Page, open: boolean) {
  await page.locator("details").evaluateAll((all, open) => {
    for (const details of all) (details as HTMLDetailsElement).open = open;
  }, open);
}

/** Cells and controls whose text is wider than they are, and so runs into what is beside them. */
function overfull(page: Page): Promise<(string | null)[]> {
  return page
    .locator("th, td, dt, dd, button, label, summary")
    .evaluateAll((all) =>
      all.filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.outerHTML),
    );
}

/** What axe objects to: the rule, and where. */
function barriers(page: Page): Promise<string[]> {
  return page.evaluate(async (values) => {
    const { axe } = window as unknown as { axe: typeof import("axe-core") };
    const { violations, passes } = await axe.run({ runOnly: { type: "tag", values } });
    if (passes.length === 0) return ["axe has checked nothing"];
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.html}`));
  }, RULES);
}

async function picture(page: Page, name: string) {
  mkdirSync(PICTURES ?? "", { recursive: true });
  await page.screenshot({ path: join(PICTURES ?? "", `${name}.png`), fullPage: true });
}
