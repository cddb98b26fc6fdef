/**
 * Gives every script of the page its hash: the entry by its attribute, what it imports by the import map (which covers
 * dynamic imports, too). The server sends `Integrity-Policy`, so a script without a hash, or with another content, does
 * not run.
 */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const hashOf = (bytes: Uint8Array): string => `sha384-${createHash("sha384").update(bytes).digest("base64")}`;

export function withIntegrity(): Plugin {
  let folder = "dist";
  return {
    name: "megachat-integrity",
    apply: "build",
    configResolved: (config) => {
      folder = join(config.root, config.build.outDir);
    },
    // After everything is written: a hash is of the bytes that are served.
    closeBundle: {
      order: "pre",
      sequential: true,
      handler: () => {
        const scripts = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js"));
        const hashes = new Map(scripts.sort().map((file) => [`/${file}`, hashOf(readFileSync(join(folder, file)))]));
        const page = join(folder, "index.html");
        writeFileSync(page, withHashes(readFileSync(page, "utf8"), hashes));
      },
    },
  };
}

function withHashes(html: string, hashes: ReadonlyMap<string, string>): string {
  const map = `<script type="importmap">${JSON.stringify({ integrity: Object.fromEntries(hashes) })}</script>`;
  const tagged = html.replace(
    /<(script|link)\b([^>]*?)\s(src|href)="(\/[^"]+\.js)"/g,
    (all, tag: string, before: string, name: string, url: string) => {
      const hash = hashes.get(url);
      if (hash === undefined) throw new Error(`index.html names ${url}, which was not built`);
      return `<${tag}${before} integrity="${hash}" ${name}="${url}"`;
    },
  );
  // Before any module: an import map that comes later is not heeded.
  if (!tagged.includes("<head>")) throw new Error("index.html has no head");
  return tagged.replace("<head>", `<head>\n    ${map}`);
}
