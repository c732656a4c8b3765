import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}", "views/**/*.test.{ts,tsx}", "tests/*.test.{ts,tsx}"],
    restoreMocks: true,
    unstubGlobals: true,
  },
});
