import { defineConfig } from "vitest/config";

// Chromium against the real server, which every file starts for itself.
export default defineConfig({
  test: {
    environment: "node",
    include: ["tests/browser/*.test.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
