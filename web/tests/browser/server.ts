// The real server, with a data directory of its own and the demo engine behind it.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, vi } from "vitest";
import { Program } from "./program";

const BUILD = process.env.TALLYGATE_BUILD ?? resolve(import.meta.dirname, "../../../build/release");
const PATIENCE_MS = 30_000; // for what should take a moment: long enough for a busy machine

/** Starts a server before the tests of this file or `describe`, and ends it after them. */
export function testServer(): TestServer {
  const server = new TestServer();
  beforeAll(() => server.start());
  afterAll(() => server.close());
  return server;
}

export interface Person {
  role?: "admin";
  tier?: string;
}

export class TestServer {
  readonly #folder = mkdtempSync(join(tmpdir(), "tallygate-browser-"));
  #engine: Program | undefined;
  #server: Program | undefined;
  #address = "127.0.0.1:0";

  /** Where it listens, as in "http://127.0.0.1:41234". */
  get url(): string {
    return `http://${this.#address}`;
  }

  /** Starts it, or starts it again: with the same data, at the same address. */
  async start(): Promise<void> {
    this.#engine ??= new Program(program("demo_ai_engine"), [
      ...["--listen", "127.0.0.1:0"],
      ...["--latency-scale", "0", "--failure-rate", "0"],
    ]);
    const server = new Program(program("tallygate"), [
      "serve",
      ...["--listen", this.#address],
      ...["--upstream", `http://${await this.#engine.address}`],
      ...this.#data(),
    ]);
    this.#server = server;
    this.#address = await server.address;
    await vi.waitFor(
      async () => expect((await fetch(`${this.url}/tallygate/readyz`)).status).toBe(200),
      PATIENCE_MS,
    );
  }

  /** SIGKILL; start() brings it back. */
  async kill(): Promise<void> {
    await this.#server?.kill();
    this.#server = undefined;
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  async close(): Promise<void> {
    await this.kill();
    await this.#engine?.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** What it has logged since it was started. */
  log(): string {
    return this.#server?.log() ?? "";
  }

  /** A token for `user`, as `tallygate token` signs it. */
  token(user: string, { role, tier }: Person = {}): string {
    const more = [...(role ? ["--role", role] : []), ...(tier ? ["--tier", tier] : [])];
    const args = ["token", "--user", user, ...more, ...this.#data()];
    return execFileSync(program("tallygate"), args, { encoding: "utf8" }).trim();
  }

  /** The JSON of its answer, which must be 200. POST where there is a body, else GET. */
  async call(token: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(this.url + path, {
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }

  #data(): string[] {
    return ["--data", join(this.#folder, "data")];
  }
}

function program(name: string): string {
  const path = join(BUILD, name);
  if (!existsSync(path)) throw new Error(`there is no ${path}; build it, or set TALLYGATE_BUILD`);
  return path;
}
