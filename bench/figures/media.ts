/**
 * `media`: milliseconds from the click that accepts a video call to the first picture of the other side, at whichever of
 * the two it comes later; devices are open before on both sides. Against two bare pages in the same browsers, without
 * encryption, over a WebSocket that only passes on. The slower pair of browsers counts.
 */
import type { Page } from "@playwright/test";
import { setTimeout as sleep } from "node:timers/promises";
import { en } from "../../packages/ui/src/words/en.ts";
import { ensureBuilt } from "../../tools/lib/build.mjs";
import { callBare, endBare, openBare, openDevicesOnce, warmDevices } from "../bare-call.ts";
import { dearestOf, median, report, type Measured } from "../report.ts";
import { startOne } from "../servers/start.ts";
import { seatTwo } from "../two.ts";

const ROUNDS = 12;

interface Noted {
  clicked: number;
  shown: number;
}
/** Notes the newest click, and from now on looks for a picture that is seen. Runs in the page. */
function watch(label: string): void {
  const now = (): number => performance.timeOrigin + performance.now();
  const noted: Noted = { clicked: 0, shown: 0 };
  Reflect.set(globalThis, "noted", noted);
  const onClick = (): void => void (noted.clicked = now());
  addEventListener("click", onClick, { capture: true });
  const look = (): void => {
    const video = document.querySelector<HTMLVideoElement>(`video[aria-label="${label}"]`);
    if (video && !video.hidden && video.videoWidth > 0 && video.readyState >= 2) {
      noted.shown = now();
      return removeEventListener("click", onClick, { capture: true });
    }
    setTimeout(look, 2);
  };
  look();
}

interface Seen {
  readonly page: Page;
  /** What the other side's picture is called here. */
  readonly label: string;
}
async function timeOf(caller: Seen, callee: Seen, accept: () => Promise<void>): Promise<number> {
  for (const { page, label } of [caller, callee]) await page.evaluate(watch, label);
  await accept();
  const noted = async ({ page }: Seen): Promise<Noted> => {
    for (;;) {
      const now = await page.evaluate(() => Reflect.get(globalThis, "noted") as Noted);
      if (now.shown > 0) return now;
      await sleep(50);
    }
  };
  const [there, here] = [await noted(caller), await noted(callee)];
  return Math.max(there.shown, here.shown) - here.clicked;
}

await ensureBuilt();
const samples: Record<string, readonly number[]> = {};
const measured: Measured[] = [];
for (const kind of ["chromium", "firefox"] as const) {
  await using relay = await startOne("relay");
  await using two = await seatTwo(kind, {
    prepare: async (context) => void (await openDevicesOnce(context)),
    prefs: { "privacy.reduceTimerPrecision": false },
  });
  const [alice, bob] = two.people;
  const pages = [await openBare(alice.context, relay.url), await openBare(bob.context, relay.url)] as const;
  for (const { page } of two.people) await warmDevices(page);

  const bareCall = async (): Promise<number> => {
    const [caller, callee] = pages;
    for (const page of pages) await page.bringToFront();
    await callBare(caller);
    const button = callee.getByRole("button", { name: "Accept" });
    await button.waitFor();
    // A call rings for a while before anybody clicks.
    await sleep(1_000);
    const value = await timeOf({ page: caller, label: "remote" }, { page: callee, label: "remote" }, () => button.click());
    for (const page of pages) await endBare(page);
    return value;
  };
  const ourCall = async (): Promise<number> => {
    for (const { page } of two.people) await page.bringToFront();
    await alice.call("video");
    await bob.ringing(alice.name).waitFor();
    await sleep(1_000);
    const value = await timeOf({ page: alice.page, label: bob.name }, { page: bob.page, label: alice.name }, bob.acceptCall);
    await alice.hangUp();
    for (const person of two.people) {
      await person.dismissEnded();
      await person.page.getByPlaceholder(en.conversation.placeholder).waitFor();
    }
    return value;
  };

  await bareCall();
  await ourCall();
  const [product, bare]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    bare.push(await bareCall());
    product.push(await ourCall());
  }
  samples[`${kind} product`] = product;
  samples[`${kind} bare`] = bare;
  measured.push({ value: median(product), baseline: median(bare) });
  console.log(`${kind}: ${median(product).toFixed(0)} of ${median(bare).toFixed(0)} ms`);
}
report({ figure: "media", ...dearestOf(measured), unit: "ms", aim: { atMost: 1.3 }, samples });
