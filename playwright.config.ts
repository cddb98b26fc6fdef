/**
 * End to end: real browsers, the real server. Every test speaks of people; the project says which browsers they have.
 * `@each` tests are about one browser at a time and skip the mixed pairing; `@once` tests need one browser only.
 */
import { defineConfig } from "@playwright/test";
import type { PairOptions } from "./e2e/support/test.ts";

export default defineConfig<object, PairOptions>({
  testDir: "e2e",
  outputDir: "test-results/e2e",
  fullyParallel: true,
  forbidOnly: true,
  // People wait for each other much of the time: two pairs fill two cores. More at once would measure the machine.
  workers: 2,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: "list",
  projects: [
    { name: "chromium", use: { pair: ["chromium", "chromium"] } },
    { name: "firefox", use: { pair: ["firefox", "firefox"] }, grepInvert: /@once/ },
    { name: "mixed", use: { pair: ["chromium", "firefox"] }, grepInvert: /@once|@each/ },
  ],
});
