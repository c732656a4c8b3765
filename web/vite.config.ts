import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { compress } from "./tools/compress.ts";
import { fontLicense } from "./tools/font_license.ts";

const LICENSES = "licenses.md";

// The build's files go into the binary. Their addresses are relative, so that the dashboard works below any path of a
// reverse proxy.
export default defineConfig({
  base: "./",
  plugins: [react(), fontLicense(LICENSES), compress()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // a data: address would need a wider Content-Security-Policy
    modulePreload: { polyfill: false },
    license: { fileName: LICENSES },
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
