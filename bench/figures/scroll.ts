/**
 * `scroll`: frames per second while a history of 100,000 messages moves by 3,600 px/s, against a plain box of text in
 * the same browser. The real screens over a core in memory; both browsers, box and history in turn.
 */
import type { BrowserContext, Page } from "@playwright/test";
import process from "node:process";
import { launch, newContext } from "../../e2e/support/browsers.ts";
import serve from "../../packages/ui/e2e/serve.ts";
import { median, report } from "../report.ts";

const ROUNDS = 10;
const LASTS = 3_000;

/** Moves the box and counts what the screen draws. Runs in the page. */
const frames = (page: Page, box: string): Promise<number> =>
  page.evaluate(
    async ({ selector, lasts }) => {
      const element = document.querySelector(selector);
      if (!element) throw new Error(`no ${selector}`);
      const begun = performance.now();
      let count = 0;
      while (performance.now() - begun < lasts) {
        element.scrollTop -= 60;
        await new Promise(requestAnimationFrame);
        count++;
      }
      return count / ((performance.now() - begun) / 1_000);
    },
    { selector: box, lasts: LASTS },
  );

async function plain(context: BrowserContext): Promise<number> {
  const page = await context.newPage();
  await page.setContent('<div id="box" style="height:600px;overflow:auto"></div>');
  await page.evaluate(() => {
    const box = document.getElementById("box");
    for (let n = 0; n < 2_000; n++) {
      const line = document.createElement("p");
      line.textContent = `A line of text that stands for a message, number ${n}`;
      box?.append(line);
    }
    box?.scrollTo(0, box.scrollHeight);
  });
  const value = await frames(page, "#box");
  await page.close();
  return value;
}

async function history(context: BrowserContext): Promise<number> {
  const page = await context.newPage();
  await page.goto(`${process.env["GALLERY"] ?? ""}?scene=conversation-long`);
  await page.getByText("(99961)").first().waitFor();
  await page.waitForTimeout(500);
  const value = await frames(page, "[role=group][aria-label=History]");
  await page.close();
  return value;
}

const stop = await serve();
const samples: Record<string, number[]> = {};
for (const kind of ["chromium", "firefox"] as const) {
  const browser = await launch(kind);
  const context = await newContext(browser);
  const [base, product]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    base.push(await plain(context));
    product.push(await history(context));
  }
  await browser.close();
  samples[`${kind} plain`] = base;
  samples[`${kind} history`] = product;
  console.log(`${kind}: ${median(product).toFixed(1)} of ${median(base).toFixed(1)} frames/s`);
}
await stop();
const slowest = Math.min(median(samples["chromium history"] ?? []), median(samples["firefox history"] ?? []));
const baseline = Math.min(median(samples["chromium plain"] ?? []), median(samples["firefox plain"] ?? []));
report({ figure: "scroll", value: slowest, unit: "frames/s", baseline, aim: { atLeast: 0.95 }, samples });
