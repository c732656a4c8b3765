import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { compress } from "./tools/compress.ts";

// The build's files go into the binary. Their addresses are relative, so that the dashboard works below any path of a
// reverse proxy.
export default defineConfig({
  base: "./",
  plugins: [react(), compress()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // a data: address would need a wider Content-Security-Policy
    modulePreload: { polyfill: false },
    license: { fileName: "licenses.md" },
    reportCompressedSize: false, // compress() says it in files
  },
  // `npm run dev` beside a running `./dev run`.
  server: {
    host: "127.0.0.1",
    proxy: Object.fromEntries(
      ["/ai", "/health", "/tallygate"].map((path) => [path, "http://127.0.0.1:8000"]),
    ),
  },
});
