// A process that logs to standard error and says there where it listens.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

export class Program {
  readonly #process: ChildProcess;
  readonly #lines: string[] = [];
  readonly #ended: Promise<void>;
  /** HOST:PORT, as soon as it listens; rejects where it ends before. */
  readonly address: Promise<string>;

  constructor(program: string, args: string[]) {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith("TALLYGATE_")),
    );
    // setpriv: it dies with this process, also where that is killed.
    this.#process = spawn("setpriv", ["--pdeathsig", "KILL", program, ...args], {
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#ended = new Promise((resolve) => {
      this.#process.once("error", (error) => {
        this.#lines.push(String(error));
        resolve();
      });
      this.#process.once("close", () => resolve());
    });
    this.address = this.#listening();
    this.address.catch(() => {}); // whoever awaits it hears of it
  }

  /** What it has logged. */
  log(): string {
    return this.#lines.join("\n");
  }

  /** SIGKILL: nothing in it gets a chance to tidy up. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#ended;
  }

  #listening(): Promise<string> {
    const { stderr } = this.#process;
    if (!stderr) throw new Error("spawn() gave no standard error");
    return new Promise((resolve, reject) => {
      createInterface(stderr).on("line", (line) => {
        this.#lines.push(line);
        const found = /msg="?listening"?.* address=([\d.]+:\d+)/.exec(line);
        if (found?.[1]) resolve(found[1]);
      });
      this.#ended.then(() => reject(new Error(`it does not listen:\n${this.log()}`)));
    });
  }
}
