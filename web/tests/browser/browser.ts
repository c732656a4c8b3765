// Debian's Chromium, driven by Playwright.
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, onTestFinished } from "vitest";

export const CHROMIUM = "/usr/bin/chromium";

const FLAGS = [
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts a Chromium before the tests of this file or `describe`, and ends it after them. */
export function testBrowser(options: TestBrowserOptions = {}): TestBrowser {
  const browser = new TestBrowser(options);
  beforeAll(() => browser.start());
  afterAll(() => browser.close());
  return browser;
}

export interface TestBrowserOptions {
  /** Back and Forward may bring a page back as it was left, as in everyday use. */
  keepsPages?: boolean;
}

export interface WatchedPage {
  page: Page;
  /** What went wrong in it so far: errors on the console, exceptions, violations of its Content-Security-Policy. */
  complaints: string[];
}

export class TestBrowser {
  readonly #options: TestBrowserOptions;
  #browser: Browser | undefined;

  constructor(options: TestBrowserOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    // Chromium's own sandbox does not work for root.
    const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    this.#browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [...FLAGS, ...sandbox],
      ignoreDefaultArgs: this.#options.keepsPages ? ["--disable-back-forward-cache"] : [],
    });
  }

  async close(): Promise<void> {
    await this.#browser?.close();
  }

  /** An empty page in a profile of its own, gone with the test. */
  async page(options: BrowserContextOptions = {}): Promise<WatchedPage> {
    if (!this.#browser) throw new Error("no Chromium was started");
    const context = await this.#browser.newContext(options);
    onTestFinished(() => context.close());
    await context.addInitScript(() => {
      addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) =>
        console.error(`forbidden by ${effectiveDirective}: ${blockedURI}`),
      );
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    return { page, complaints };
  }
}
