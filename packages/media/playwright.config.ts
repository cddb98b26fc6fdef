/** The media of a call without the product around it: two tabs, a path between them, real browsers. */
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "e2e",
  outputDir: "../../test-results/media",
  forbidOnly: true,
  workers: 1,
  timeout: 60_000,
  reporter: [["list"]],
});
