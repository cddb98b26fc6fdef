/** Builds the gallery once and serves it, under the policy of the product, at a free port for all tests. */
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build, preview } from "vite";

const configFile = fileURLToPath(new URL("../gallery/vite.config.ts", import.meta.url));

// Playwright asks for a default export.
// oxlint-disable-next-line import/no-default-export
export default async function serve(): Promise<() => Promise<void>> {
  await build({ configFile, logLevel: "error" });
  const server = await preview({ configFile, logLevel: "error", preview: { port: 0, strictPort: false } });
  process.env["GALLERY"] = server.resolvedUrls?.local[0] ?? "";
  return () => server.close();
}
