import { beforeEach, expect, test } from "vitest";
import { testBrowser } from "./browser";
import { card, eventually, figures, openDashboard, settled } from "./dashboard";
import { testServer } from "./server";

// The server goes, and comes back at the same address.
const server = testServer();
const browser = testBrowser();

let root = "";

beforeEach(async () => {
  await server.restart();
  root = server.token("root", { role: "admin" });
  await server.call(root, "/ai/chat", { message: "hello" });
});

/** What a browser says of requests that fail, whatever the page does about it. */
const isOfTheNetwork = (complaint: string) => complaint.startsWith("Failed to load resource: net::");

test("numbers stay while the server is away, with as of when they are", async () => {
  const { page, complaints } = await browser.page();
  await openDashboard(page, server, root);
  const before = await figures(page.locator("main"));
  const asOf = await page.locator("main time").first().textContent();

  await server.kill();
  await page.getByRole("button", { name: "Refresh now" }).click();

  const notice = page.getByRole("status");
  await notice.getByRole("button", { name: "Retry" }).waitFor();
  await eventually(async () =>
    expect(await notice.locator("p").allTextContents()).toEqual([
      `These numbers are as of ${asOf} UTC. Tallygate cannot be reached; is it running?`,
      "Trying again every 30 seconds.",
    ]),
  );
  expect(await figures(page.locator("main"))).toEqual(before);
  expect(await page.getByText("Not refreshed").isVisible()).toBe(true);
  expect(await page.getByRole("alert").count()).toBe(0);
  expect(complaints.filter((complaint) => !isOfTheNetwork(complaint))).toEqual([]);
});

test("its health is unknown then", async () => {
  const { page } = await browser.page();
  await openDashboard(page, server, root);
  const hour = card(page, "The last hour");
  await hour.getByText("Healthy", { exact: true }).waitFor();

  await server.kill();
  await page.getByRole("button", { name: "Refresh now" }).click();

  await hour.getByText("No answer", { exact: true }).waitFor();
  expect(await hour.getByText("Healthy", { exact: true }).count()).toBe(0);
});

test("Retry brings new numbers once it is back, and the notice goes", async () => {
  const { page } = await browser.page();
  await openDashboard(page, server, root);
  const before = (await figures(page.getByRole("region", { name: "The last 30 days" }))).Operations ?? 0;
  await server.kill();
  await page.getByRole("button", { name: "Refresh now" }).click();
  const retry = page.getByRole("status").getByRole("button", { name: "Retry" });
  await retry.waitFor();

  await server.start();
  await server.call(root, "/ai/chat", { message: "hello" });
  await retry.click();

  await retry.waitFor({ state: "detached" });
  await page.getByText(/^Live/).waitFor();
  await card(page, "The last hour").getByText("Healthy", { exact: true }).waitFor();
  await eventually(async () =>
    expect((await figures(page.getByRole("region", { name: "The last 30 days" }))).Operations).toBe(
      before + 1,
    ),
  );
});

test("it recovers by itself, too", async () => {
  const { page } = await browser.page();
  await page.clock.install();
  await openDashboard(page, server, root);
  await server.kill();
  await page.clock.fastForward(30_000);
  await eventually(async () => {
    await page.clock.fastForward(5_000); // the waits between the attempts
    expect(await page.getByText("Not refreshed").isVisible()).toBe(true);
  });

  await server.start();
  await page.clock.fastForward(30_000);

  await page.getByText(/^Live/).waitFor();
  expect(await page.getByRole("status").getByRole("button", { name: "Retry" }).count()).toBe(0);
});

test("who signs in while it is away reads why nothing comes, and can try again", async () => {
  const { page } = await browser.page();
  await page.goto(`${server.url}/tallygate/`);
  await server.kill();

  await page.getByLabel("Token", { exact: true }).fill(root);
  await page.getByRole("button", { name: "Sign in" }).click();

  const problem = page.getByRole("alert");
  await problem.getByRole("heading", { name: "Tallygate cannot be reached" }).waitFor();
  await server.start();
  await problem.getByRole("button", { name: "Retry" }).click();
  await page.getByRole("heading", { name: "All users" }).waitFor();
  await settled(page);
  expect(await page.getByRole("alert").count()).toBe(0);
});

test("a view that was never there comes with Retry, too", async () => {
  const { page } = await browser.page();
  await openDashboard(page, server, root);
  await server.kill();
  await page.getByRole("link", { name: "My usage" }).click();
  const problem = page.locator("main").getByRole("alert");
  await problem.getByRole("heading", { name: "Tallygate cannot be reached" }).waitFor();

  await server.start();
  await problem.getByRole("button", { name: "Retry" }).click();

  await card(page, "This month").waitFor();
  expect(await problem.count()).toBe(0);
});
