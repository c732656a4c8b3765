import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testBrowser } from "./browser";
import { card, figures, settled } from "./dashboard";
import { testServer } from "./server";

// The dashboard below a path of a reverse proxy, which takes the path away.
const server = testServer();
const browser = testBrowser();

const PATH = "/gate";
let proxy: Server;
let base = "";
let root = "";

beforeAll(async () => {
  root = server.token("root", { role: "admin" });
  await server.call(root, "/ai/chat", { message: "hello" });
  proxy = createServer((asked, answer) => {
    if (!asked.url?.startsWith(`${PATH}/`)) return answer.writeHead(404).end();
    const { method, headers } = asked;
    const sent = request(server.url + asked.url.slice(PATH.length), { method, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(answer);
    });
    sent.on("error", () => answer.destroy());
    asked.pipe(sent);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${PATH}`;
});
afterAll(() => {
  proxy.closeAllConnections();
  proxy.close();
});

test("signs in and shows the numbers, with every file below the path", async () => {
  const { page, complaints } = await browser.page();
  const answers: [string, number][] = [];
  page.on("response", (response) => answers.push([response.url(), response.status()]));

  await page.goto(`${base}/tallygate/#token=${root}`);
  await card(page, "The last hour").waitFor();
  await settled(page);

  expect((await figures(page.getByRole("region", { name: "The last 30 days" }))).Operations).toBe(1);
  await page.evaluate(() => document.fonts.ready);
  expect(answers.filter(([url, status]) => !url.startsWith(`${base}/`) || status !== 200)).toEqual([]);
  expect(answers.map(([url]) => new URL(url).pathname)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/\.woff2$/),
      expect.stringMatching(/\.css$/),
      `${PATH}/tallygate/theme.js`,
      `${PATH}/ai/usage/realtime`,
    ]),
  );
  expect(complaints).toEqual([]);
});

test("is found at the path itself", async () => {
  const { page } = await browser.page();

  await page.goto(`${base}/`);

  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(page.url()).toBe(`${base}/tallygate/`);
});

test("its views are links below the path, also in a new tab and after Back", async () => {
  const { page } = await browser.page();
  await page.goto(`${base}/tallygate/#token=${root}`);
  await settled(page);

  await page.getByRole("link", { name: "My usage" }).click();
  await page.getByRole("heading", { name: "My usage" }).waitFor();
  expect(page.url()).toBe(`${base}/tallygate/?view=me`);
  await page.reload();
  await page.getByRole("heading", { name: "My usage" }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "All users" }).waitFor();

  for (const name of ["All users", "Tallygate", "API", "Licences"]) {
    const href = await page
      .getByRole("link", { name, exact: true })
      .first()
      .evaluate((a) => (a as HTMLAnchorElement).href);
    expect((await fetch(href)).status, href).toBe(200);
    expect(href.startsWith(`${base}/tallygate/`)).toBe(true);
  }
});

test("a server without calls names the address with the path", async () => {
  const { page } = await browser.page();

  await page.goto(`${base}/tallygate/#token=${server.token("newcomer")}`);

  await page.locator("pre").getByText(` ${base}/ai/chat`).waitFor();
});
