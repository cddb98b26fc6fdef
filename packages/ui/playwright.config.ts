/** The screens alone, over a core in memory, in both browsers: `playwright test -c packages/ui/playwright.config.ts`. */
import { defineConfig } from "@playwright/test";
import process from "node:process";

export default defineConfig({
  testDir: "e2e",
  outputDir: "../../test-results/gallery",
  globalSetup: "./e2e/serve.ts",
  fullyParallel: true,
  workers: 2,
  timeout: 30_000,
  reporter: process.env["MEGACHAT_E2E_REPORT"] ? [["list"], ["json", { outputFile: process.env["MEGACHAT_E2E_REPORT"] }]] : "list",
  projects: [
    {
      name: "chromium",
      use: {
        browserName: "chromium",
        launchOptions: { executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: ["--no-sandbox"] },
      },
    },
    {
      name: "firefox",
      use: {
        browserName: "firefox",
        channel: "moz-firefox",
        colorScheme: null,
        contrast: null,
        launchOptions: { executablePath: process.env["FIREFOX"] ?? "/usr/bin/firefox-esr" },
      },
    },
  ],
});
