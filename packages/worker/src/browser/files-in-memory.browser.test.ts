import { expect, test } from "vitest";

test("[V54] a private window of Chromium, which this test runs in, is suspected, a usual one of Firefox is not, and nothing is left behind", async () => {
  const worker = new Worker(new URL("./files-in-memory-test-worker.ts", import.meta.url), { type: "module" });
  const told = await new Promise((resolve) => worker.addEventListener("message", ({ data }) => resolve(data), { once: true }));
  worker.terminate();
  const isChromium = navigator.userAgent.includes("Chrome");
  expect(told, JSON.stringify(told)).toMatchObject({ seems: isChromium, left: [] });
});
