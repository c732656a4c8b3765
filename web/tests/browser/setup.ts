// Runs once before all browser tests. Without Chromium there are none; who reads the output or the exit code knows it.
import { existsSync } from "node:fs";
import { CHROMIUM } from "./browser";

export default function setup() {
  if (existsSync(CHROMIUM)) return;
  console.log(`browser tests ... skipped '${CHROMIUM} is not there; Debian has it in the package chromium'`);
  process.exit(77);
}
