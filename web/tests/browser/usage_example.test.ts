import { join } from "node:path";
import { build, type Rollup } from "vite";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { usageService } from "../../src/services/usage.service";
import { testBrowser } from "./browser";
import { testServer } from "./server";

const server = testServer();
const browser = testBrowser();

/** What the example must log for `token`, from the same answers read without it. */
async function expected(token: string): Promise<string[]> {
  const mine = await server.call(token, "/ai/usage/me");
  const all = await server.call(token, "/ai/usage/global?days=7");
  const now = (await server.call(token, "/ai/usage/realtime")) as { last_hour: Record<string, number> };
  return [
    `Used ${mine.total_tokens} tokens`,
    `Usage: ${mine.usage_percentage}% of limit`,
    `Total operations: ${all.total_operations}`,
    `Active users: ${all.unique_users}`,
    `Last hour: ${now.last_hour.total_operations} ops`,
  ];
}

describe("the documented example with the real server", () => {
  let token = "";

  beforeAll(async () => {
    token = server.token("root", { role: "admin", tier: "basic" });
    await server.call(token, "/ai/chat", { message: "hello" });
    await server.call(token, "/ai/qa", { question: "why?" });
    await server.call(server.token("alice"), "/ai/chat", { message: "hello" });
  });

  test("logs the server's figures in Node", async () => {
    const figures = await expected(token);
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    usageService.configure({ baseUrl: server.url, getToken: () => token });

    await import("../usage_example");

    expect(log.mock.calls.flat()).toEqual(figures);
    expect(figures.slice(2)).toEqual(["Total operations: 3", "Active users: 2", "Last hour: 3 ops"]);
    expect(figures[0]).not.toBe("Used 0 tokens");
  });

  test("logs them in a browser too", async () => {
    const { page, complaints } = await browser.page();
    const logged: string[] = [];
    page.on("console", (message) => message.type() === "log" && logged.push(message.text()));
    await page.route(`${server.url}/example/page?**`, (route) =>
      route.fulfill({
        contentType: "text/html",
        body: '<link rel="icon" href="data:,"><script type="module" src="script"></script>',
      }),
    );
    const body = await bundle("usage_example_entry.ts");
    await page.route(`${server.url}/example/script`, (route) =>
      route.fulfill({ contentType: "text/javascript", body }),
    );

    await page.goto(`${server.url}/example/page?token=${token}`);

    await vi.waitFor(async () => expect(logged).toEqual(await expected(token)), 10_000);
    expect(complaints).toEqual([]);
  });

  test("finds the same after the server was killed", async () => {
    const before = await server.call(token, "/ai/usage/me");

    await server.restart();

    expect(await server.call(token, "/ai/usage/me")).toEqual(before);
  });
});

/** One module of an entry and all that it imports. */
async function bundle(entry: string): Promise<string> {
  const built = (await build({
    configFile: false,
    logLevel: "silent",
    build: {
      write: false,
      target: "es2022",
      modulePreload: false,
      rollupOptions: { input: join(import.meta.dirname, entry), output: { codeSplitting: false } },
    },
  })) as Rollup.RollupOutput;
  return built.output[0].code;
}
