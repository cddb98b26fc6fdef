/**
 * Unit tests run in Node. `*.browser.test.ts` runs in both browsers instead, `*.any.test.ts` in Node and both browsers;
 * `*.vectors.test.ts` are the published test vectors, told apart only so that their time is seen.
 */
import { availableParallelism } from "node:os";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { readVectors } from "./tools/lib/vectors.ts";

const chromium = playwright({
  launchOptions: { executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: ["--no-sandbox"] },
});
const firefox = playwright({
  launchOptions: { channel: "moz-firefox", executablePath: process.env["FIREFOX"] ?? "/usr/bin/firefox-esr" },
});
const roots = ["packages/*/src", "apps/*/src", "tools", "mallory"];
const under = (pattern: string): string[] => roots.map((root) => `${root}/**/${pattern}`);

export default defineConfig({
  test: {
    // By itself it leaves one core to the terminal, which is half of a machine with two.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: "node",
          include: under("*.test.{ts,tsx}"),
          exclude: under("*.{browser,vectors}.test.{ts,tsx}"),
          testTimeout: 30_000,
        },
      },
      { test: { name: "vectors", include: under("*.vectors.test.ts"), testTimeout: 120_000 } },
      {
        test: {
          name: "browser",
          include: under("*.{browser,any}.test.{ts,tsx}"),
          testTimeout: 120_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: chromium,
            commands: { readVectors: (_context, path: string) => readVectors(path) },
            instances: [{ browser: "chromium" }, { browser: "firefox", provider: firefox }],
          },
        },
      },
    ],
  },
});
