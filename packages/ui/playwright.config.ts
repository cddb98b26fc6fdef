/**
 * The screens alone, over a core in memory, in both browsers: `playwright test -c packages/ui/playwright.config.ts`.
 * What is the same in every browser is tagged `@once`.
 */
import { defineConfig } from "@playwright/test";
import process from "node:process";

export default defineConfig({
  testDir: "e2e",
  outputDir: "../../test-results/gallery",
  globalSetup: "./e2e/serve.ts",
  fullyParallel: true,
  workers: 2,
  timeout: 30_000,
  reporter: "list",
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
      grepInvert: /@once/,
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
