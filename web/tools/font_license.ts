import { appendFileSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Plugin } from "vite";

const FONT = resolve(import.meta.dirname, "../node_modules/@fontsource-variable/inter");

/** Adds the licence of the font, which is no module that Vite knows of, to the licences of what is bundled. */
export function fontLicense(fileName: string): Plugin {
  return {
    name: "tallygate:font-license",
    apply: "build",
    writeBundle: {
      sequential: true,
      handler({ dir }) {
        if (!dir) this.error("the build has no folder to write to");
        const { version, license } = JSON.parse(readFileSync(join(FONT, "package.json"), "utf8"));
        const text = readFileSync(join(FONT, "LICENSE"), "utf8");
        appendFileSync(
          join(dir, fileName),
          `\n## Inter (font) - ${version} (${license})\n\n${text.trim()}\n`,
        );
      },
    },
  };
}
