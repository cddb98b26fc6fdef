/** The web app as Mallory's victims load it: as it is, or without one of its defences. */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { loadConfigFromFile, build, type Plugin, type UserConfig } from "vite";
import { mutantOf, mutated } from "../mutants.ts";

const root = join(import.meta.dirname, "../..");
const webRoot = join(root, "apps/web");

/** Where the product was built by `npm run build`. */
export function builtWeb(): string {
  const folder = join(webRoot, "dist");
  if (!existsSync(join(folder, "index.html"))) throw new Error("the web app is not built: npm run build");
  return folder;
}

/** Builds the product without the mutant's defence into a folder of its own. */
export async function buildWithout(name: string, outDir: string): Promise<void> {
  const mutant = mutantOf(name);
  const source = mutated(mutant);
  const file = join(root, mutant.file);
  const plugin: Plugin = { name: "mutant", enforce: "pre", load: (id) => (id.split("?")[0] === file ? source : null) };
  const loaded = await loadConfigFromFile({ command: "build", mode: "production" }, join(webRoot, "vite.config.ts"), webRoot);
  const config: UserConfig = loaded?.config ?? {};
  const inWorker = config.worker?.plugins;
  await build({
    ...config,
    configFile: false,
    root: webRoot,
    logLevel: "error",
    plugins: [plugin, ...(config.plugins ?? [])],
    worker: { ...config.worker, plugins: () => [plugin, ...(inWorker?.() ?? [])] },
    // Relative to the root, as the plugins that read it again expect.
    build: { ...config.build, outDir: relative(webRoot, outDir), emptyOutDir: true },
  });
}
