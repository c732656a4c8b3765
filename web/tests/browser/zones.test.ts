import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { UserUsage } from "../../src/services/usage.service";
import { testBrowser } from "./browser";
import { card, openDashboard, rows, setServerClock } from "./dashboard";
import { testServer } from "./server";

// Days and times are UTC, wherever the reader is.
const server = testServer();
const browser = testBrowser();

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"];
let token = "";
let usage: UserUsage;

beforeAll(async () => {
  token = server.token("alice");
  await server.call(token, "/ai/chat", { message: "hello" });
  await server.call(token, "/ai/qa", { question: "why?" });
  usage = await server.call<UserUsage>(token, "/ai/usage/me");
});

/** "2026-11-04" → "4 Nov". */
function dayAndMonth(day: string): string {
  return `${Number(day.slice(8, 10))} ${MONTHS[Number(day.slice(5, 7)) - 1]}`;
}

describe.each(["UTC", "America/Los_Angeles", "Asia/Kolkata"])("in %s", (timezoneId) => {
  /** The dashboard where the clocks of both, this machine and the server, say `now`. */
  async function at(now: string): Promise<Page> {
    const { page } = await browser.page({ timezoneId });
    await page.clock.setFixedTime(new Date(now));
    await setServerClock(page, () => new Date(now));
    await openDashboard(page, server, token);
    return page;
  }
  const today = () => usage.recent_operations[0]?.timestamp.slice(0, 10) ?? "";

  test("the days of the table are the API's, and so are those below the chart", async () => {
    const page = await at(`${today()}T23:30:15Z`);

    const days = await rows(card(page, "Daily activity"));

    const told = Object.keys(usage.daily_usage).sort().reverse();
    expect(days.map(([day]) => day)).toEqual(
      told.map((day, index) =>
        expect.stringMatching(
          new RegExp(
            `^[A-Z][a-z]{2}, ${dayAndMonth(day)} ${day.slice(0, 4)}${index === 0 ? " so far" : ""}$`,
          ),
        ),
      ),
    );
    const labels = await card(page, "Daily activity").locator("svg > text").allTextContents();
    expect(labels.at(-1)).toBe(dayAndMonth(told[0] ?? ""));
    expect(told.map(dayAndMonth)).toEqual(expect.arrayContaining(labels));
  });

  test("the day that the chart describes is the API's", async () => {
    const page = await at(`${today()}T00:30:15Z`);

    const chart = card(page, "Daily activity").getByRole("slider");

    expect(await chart.getAttribute("aria-valuetext")).toMatch(
      new RegExp(`, ${dayAndMonth(today())} ${today().slice(0, 4)}, today so far: 2 operations, `),
    );
  });

  test("the limit resets with the month in UTC", async () => {
    const page = await at(`${today()}T12:00:00Z`);

    const sentence = await card(page, "This month").locator("p").first().textContent();

    const month = new Date(usage.limit_resets_at).toLocaleString("en-GB", { month: "long", timeZone: "UTC" });
    expect(sentence).toContain(`; resets 1 ${month}.`);
  });

  // The one is the day before in Los Angeles, the other the day after in Kolkata.
  test.each(["00:00:05", "23:59:55"])("at %s, times of the same day stand without it", async (now) => {
    const page = await at(`${today()}T${now}Z`);

    expect(await page.locator("main time").first().textContent()).toBe(now);
    const times = await card(page, "Recent activity").locator("time").allTextContents();

    expect(times).toEqual(usage.recent_operations.map(({ timestamp }) => timestamp.slice(11, 19)));
  });

  test("on another day, times stand with theirs", async () => {
    const page = await at("2040-01-02T00:00:05Z");

    const times = await card(page, "Recent activity").locator("time").allTextContents();

    expect(times).toEqual(
      usage.recent_operations.map(({ timestamp }) => `${dayAndMonth(timestamp)} ${timestamp.slice(11, 19)}`),
    );
  });
});
