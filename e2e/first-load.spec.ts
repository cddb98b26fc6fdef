import type { Request } from "@playwright/test";
import { launch, newContext } from "./support/browsers.ts";
import { expect, test } from "./support/test.ts";

test("the sign-in form can be used after at most 150 KB; the rest comes behind it", { tag: "@once" }, async ({ server }) => {
  const browser = await launch("chromium");
  try {
    const page = await (await newContext(browser)).newPage();
    const started: { readonly request: Request; readonly at: number }[] = [];
    page.on("request", (request) => started.push({ request, at: Date.now() }));
    // The moment at which there is a form, as the page itself sees it.
    await page.addInitScript(() => {
      new MutationObserver((_changes, observer) => {
        if (!document.querySelector("form input")) return;
        Reflect.set(globalThis, "formThere", Date.now());
        observer.disconnect();
      }).observe(document, { subtree: true, childList: true });
    });
    await page.goto(`http://localhost:${server.port}/`);
    await page.waitForFunction(() => Reflect.has(globalThis, "formThere"));
    const formThere = await page.evaluate(() => Reflect.get(globalThis, "formThere") as number);

    const before = started.filter(({ at }) => at <= formThere).map(({ request }) => request);
    const sizes = await Promise.all(
      before.map(async (request) => {
        await (await request.response())?.finished();
        const { responseBodySize, responseHeadersSize } = await request.sizes();
        return { url: request.url(), bytes: responseBodySize + responseHeadersSize };
      }),
    );
    const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(sizes.length).toBeGreaterThan(3);
    expect(total, sizes.map(({ url, bytes }) => `${bytes} ${url}`).join("\n")).toBeLessThan(150_000);
    expect(sizes.filter(({ url }) => url.endsWith(".wasm"))).toEqual([]);
  } finally {
    await browser.close();
  }
});
