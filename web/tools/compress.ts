import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

// index.html is filled in when the server starts; fonts and pictures are compressed already.
const COMPRESSIBLE = new Set([".css", ".js", ".json", ".md", ".svg", ".txt"]);

// Neither form holds a time or a name: the same content gives the same bytes.
const FORMS = {
  ".gz": (content: Buffer) => gzipSync(content, { level: 9 }),
  ".br": (content: Buffer) =>
    brotliCompressSync(content, {
      params: {
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      },
    }),
};

/** Writes `name.gz` and `name.br` beside each file of the build that they make smaller. */
export function compress(): Plugin {
  return {
    name: "tallygate:compress",
    apply: "build",
    writeBundle: {
      order: "post",
      sequential: true,
      handler({ dir }) {
        if (!dir) this.error("the build has no folder to write to");
        for (const name of readdirSync(dir, { recursive: true, encoding: "utf8" })) {
          if (!COMPRESSIBLE.has(extname(name))) continue;
          const path = join(dir, name);
          const content = readFileSync(path);
          for (const [suffix, form] of Object.entries(FORMS)) {
            const compressed = form(content);
            if (compressed.length < content.length) writeFileSync(path + suffix, compressed);
          }
        }
      },
    },
  };
}
