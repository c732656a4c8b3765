import { defineConfig } from "vitest/config";

// Chromium against the real server, which every file starts for itself.
export default defineConfig({
  test: {
    environment: "node",
    include: ["tests/browser/*.test.ts"],
    globalSetup: ["tests/browser/setup.ts"],
    restoreMocks: true,
    fileParallelism: false,
    pool: "threads", // one process: if it is killed, no test goes on with its server and browser
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
