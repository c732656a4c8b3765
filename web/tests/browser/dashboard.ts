// The dashboard as its readers see it: how to get there, and what stands where.
import type { Locator, Page } from "playwright-core";
import { expect, vi } from "vitest";
import { PATIENCE_MS, type TestServer } from "./server";

/** Waits until `check` holds. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: PATIENCE_MS, interval: 20 });
}

/** Signs in with a link, and waits for the numbers. `query` as in "?days=7". */
export async function openDashboard(page: Page, server: TestServer, token: string, query = "") {
  await page.goto(`${server.url}/tallygate/${query}#token=${token}`);
  await settled(page);
}

/** Waits until every number that was asked for is there. */
export async function settled(page: Page) {
  await page.locator("h1").waitFor();
  await eventually(async () => {
    expect(await page.getByText(/^Loading /).count()).toBe(0);
    expect(await page.locator("[aria-busy=true]").count()).toBe(0);
  });
}

/** A titled part of the page. */
export function card(page: Page, title: string): Locator {
  return page.getByRole("region", { name: title, exact: true });
}

/** The `<data value>` of each figure by its label. */
export function figures(part: Locator): Promise<Record<string, number>> {
  return part
    .locator("dl > div")
    .evaluateAll((figures) =>
      Object.fromEntries(
        figures.map((figure) => [
          figure.querySelector("dt")?.textContent,
          Number(figure.querySelector("data")?.getAttribute("value") ?? Number.NaN),
        ]),
      ),
    );
}

/**
 * The text of each cell of each row of the part's table, without its head; closed or open. Without what this width does not
 * show.
 */
export function rows(part: Locator): Promise<string[][]> {
  return part.locator("tbody tr").evaluateAll((rows) => {
    const textOf = (node: Node): string => {
      if (!(node instanceof Element)) return node.textContent ?? "";
      if (getComputedStyle(node).display === "none") return "";
      return [...node.childNodes].map(textOf).join("");
    };
    return rows.map((row) => [...(row as HTMLTableRowElement).cells].map(textOf));
  });
}

/** From now on the server's clock says `time` to the page. */
export async function setServerClock(page: Page, time: () => Date) {
  await page.route(/\/(ai\/usage|health|tallygate\/session)/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), date: time().toUTCString() } });
  });
}

/** Chooses one of a few that stand side by side. */
export function choose(part: Page | Locator, what: string, choice: string): Promise<void> {
  return part.getByRole("group", { name: what }).getByRole("radio", { name: choice }).check();
}

/** The query part of the page's address. */
export function search(page: Page): string {
  return new URL(page.url()).search;
}
