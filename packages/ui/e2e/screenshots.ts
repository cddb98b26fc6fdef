/**
 * Takes every scene of the gallery in light, dark, at 375 px and in forced colours, for the eyes of whoever changed a screen:
 * `node packages/ui/e2e/screenshots.ts [directory] [part of a scene's name] [chromium|firefox] [variant]`.
 */
import { mkdirSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { chromium, firefox, type Page } from "playwright";
import { preview } from "vite";

const [directory = "test-results/screenshots", part = "", which = "chromium", onlyVariant = ""] = process.argv.slice(2);

const variants = {
  light: { colorScheme: "light", width: 1280, height: 800 },
  dark: { colorScheme: "dark", width: 1280, height: 800 },
  tablet: { colorScheme: "light", width: 820, height: 900 },
  phone: { colorScheme: "light", width: 375, height: 740 },
  forced: { colorScheme: "dark", forcedColors: "active", width: 1280, height: 800 },
  large: { colorScheme: "light", width: 640, height: 400, deviceScaleFactor: 2 },
} as const;

const server = await preview({
  configFile: fileURLToPath(new URL("../gallery/vite.config.ts", import.meta.url)),
  preview: { port: 0, strictPort: false },
  logLevel: "error",
});
const address = server.resolvedUrls?.local[0] ?? "";
const browser =
  which === "firefox"
    ? await firefox.launch({ channel: "moz-firefox", executablePath: process.env["FIREFOX"] ?? "/usr/bin/firefox-esr" })
    : await chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
mkdirSync(directory, { recursive: true });

async function namesOf(page: Page): Promise<readonly string[]> {
  await page.goto(address);
  return (await page.getByRole("link").allTextContents()).filter((name) => name.includes(part));
}

for (const [variant, { width, height, ...look }] of Object.entries(variants)) {
  if (onlyVariant !== "" && variant !== onlyVariant) continue;
  const emulation =
    which === "firefox"
      ? { colorScheme: null, reducedMotion: null, forcedColors: null, contrast: null }
      : { ...look, reducedMotion: "reduce" as const };
  const context = await browser.newContext({ viewport: { width, height }, ...emulation });
  const page = await context.newPage();
  for (const name of await namesOf(page)) {
    await page.goto(`${address}?scene=${name}`);
    await page.waitForTimeout(650);
    await page.screenshot({ path: `${directory}/${name}.${variant}.png` });
  }
  await context.close();
}
await browser.close();
await server.close();
