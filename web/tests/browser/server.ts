// The real server, with a data directory of its own and the demo engine behind it.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, vi } from "vitest";
import { Program } from "./program";
import { sign } from "./tokens";

const BUILD = process.env.TALLYGATE_BUILD ?? resolve(import.meta.dirname, "../../../build/release");
export const PATIENCE_MS = 30_000; // for what should take a moment: long enough for a busy machine
const LARGEST_PROMPT = 2 ** 20; // that the demo engine takes

export interface ServerOptions {
  /** Begins with the demo's make-believe users and their 90 days, which stand still. */
  withPast?: boolean;
  /** What tallygate.toml says. */
  config?: string;
}

/** Starts a server before the tests of this file or `describe`, and ends it after them. */
export function testServer(options: ServerOptions = {}): TestServer {
  const server = new TestServer(options);
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
  readonly #data: string;
  #needsPast: boolean;

  constructor({ withPast = false, config = "" }: ServerOptions = {}) {
    writeFileSync(join(this.#folder, "tallygate.toml"), config);
    this.#data = join(this.#folder, "data", ...(withPast ? ["demo"] : []));
    this.#needsPast = withPast;
  }

  /** Where it listens, as in "http://127.0.0.1:41234". */
  get url(): string {
    return `http://${this.#address}`;
  }

  /** Starts it, or starts it again: with the same data, at the same address. */
  async start(): Promise<void> {
    if (this.#needsPast) await this.#makePast();
    this.#engine ??= new Program(program("demo_ai_engine"), [
      ...["--listen", "127.0.0.1:0"],
      ...["--latency-scale", "0", "--failure-rate", "0"],
    ]);
    const server = new Program(program("tallygate"), [
      "serve",
      ...["--listen", this.#address],
      ...["--upstream", `http://${await this.#engine.address}`],
      ...this.#place(),
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
    const args = ["token", "--user", user, ...more, ...this.#place()];
    return execFileSync(program("tallygate"), args, { encoding: "utf8" }).trim();
  }

  /** A token of this installation with whatever claims, or one that `secret` signs. */
  sign(claims: Record<string, unknown>, secret?: string): string {
    const own = readFileSync(join(this.#data, "jwt.secret"), "utf8").trim();
    return sign({ iss: "tallygate", ...claims }, secret ?? own);
  }

  /** The JSON of its answer, which must be 200. POST where there is a body, else GET. */
  async call<Answer = Record<string, unknown>>(token: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(this.url + path, {
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }

  /** A call that the engine refuses: an operation that failed. */
  async callInVain(token: string): Promise<void> {
    const body = "x".repeat(LARGEST_PROMPT + 1);
    const headers = { Authorization: `Bearer ${token}` };
    const response = await fetch(`${this.url}/ai/chat`, { method: "POST", headers, body });
    if (response.status !== 413) throw new Error(`/ai/chat: ${response.status} where 413 was to come`);
  }

  #place(): string[] {
    return ["--data", this.#data, "--config", join(this.#folder, "tallygate.toml")];
  }

  async #makePast(): Promise<void> {
    const demo = new Program(program("tallygate"), [
      ...["serve", "--demo", "--listen", "127.0.0.1:0"],
      ...["--data", dirname(this.#data)],
    ]);
    await demo.address;
    await demo.kill();
    this.#needsPast = false;
  }
}

function program(name: string): string {
  const path = join(BUILD, name);
  if (!existsSync(path)) throw new Error(`there is no ${path}; build it, or set TALLYGATE_BUILD`);
  return path;
}
