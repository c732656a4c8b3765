import { beforeAll, expect, test } from "vitest";
import { testBrowser } from "./browser";
import { openDashboard, settled } from "./dashboard";
import { testServer } from "./server";

// Who is no administrator sees their own usage, and asks for nothing else.
const server = testServer();
const browser = testBrowser();

let alice = "";

beforeAll(async () => {
  alice = server.token("alice");
  await server.call(alice, "/ai/chat", { message: "hello" });
  await server.call(server.token("bob"), "/ai/chat", { message: "hello" });
});

test.each(["", "?user=bob", "?user=bob&days=7", "?view=all", "?view=me"])(
  "whatever the address says, My usage comes: %j",
  async (query) => {
    const { page, complaints } = await browser.page();
    const asked = new Set<string>();
    page.on("request", (request) => asked.add(new URL(request.url()).pathname));

    await openDashboard(page, server, alice, query);
    await page.getByRole("button", { name: "Refresh now" }).click();
    await page.getByRole("radio", { name: "90 days" }).check();
    await page.getByText("The last 90 days").waitFor();
    await settled(page);

    expect(await page.locator("h1").textContent()).toBe("My usage");
    expect(await page.getByRole("link", { name: "All users" }).count()).toBe(0);
    expect(await page.getByRole("navigation").count()).toBe(0);
    expect(await page.getByText("bob").count()).toBe(0);
    const questions = [...asked].filter((path) => !/^\/tallygate\/(assets\/.*|[a-z.]+\.\w+)?$/.test(path));
    expect(questions.sort()).toEqual(["/ai/usage/me", "/tallygate/session"]);
    expect(complaints).toEqual([]);
  },
);

test("the name of the dashboard leads to My usage as well", async () => {
  const { page } = await browser.page();
  await openDashboard(page, server, alice);

  await page.getByRole("link", { name: "Tallygate" }).click();
  await settled(page);

  expect(await page.locator("h1").textContent()).toBe("My usage");
});

test("an administrator has both views, and one's own is marked", async () => {
  const { page } = await browser.page();
  await openDashboard(page, server, server.token("root", { role: "admin" }));
  const views = page.getByRole("navigation", { name: "Views" });
  expect(await page.locator("h1").textContent()).toBe("All users");

  await views.getByRole("link", { name: "My usage" }).click();
  await page.getByRole("heading", { name: "My usage" }).waitFor();

  expect(await views.locator("[aria-current=page]").allTextContents()).toEqual(["My usage"]);
});
