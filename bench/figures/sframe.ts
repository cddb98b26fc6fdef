/**
 * `sframe`: processor cores that two browsers take for a call with 720p at 30 pictures a second both ways, every frame
 * sealed and opened; against a call of two bare pages in the same browsers, of the same picture and bitrate, which seal
 * nothing. All processes of both browsers count; calls of either kind in turn. The browser that pays more counts.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { arrived } from "../../e2e/support/media.ts";
import { ensureBuilt } from "../../tools/lib/build.mjs";
import { callBare, endBare, limitBare, openBare, openDevicesOnce, warmDevices } from "../bare-call.ts";
import { browserSeconds } from "../process-tree.ts";
import { dearestOf, median, report, type Measured } from "../report.ts";
import { startOne } from "../servers/start.ts";
import { seatTwo } from "../two.ts";
import type { Page } from "@playwright/test";

const ROUNDS = 10;
/** Until the bitrate has found its place. */
const SETTLES = 6_000;
const LASTS = 8_000;
/** The product's, for a camera. */
const BITS_PER_SECOND = 1_500_000;

/** Browsers make a picture smaller before they send fewer of them, each in its own time: here neither call may. Runs in the page. */
function keepSize(): void {
  const setParameters: RTCRtpSender["setParameters"] = Reflect.get(RTCRtpSender.prototype, "setParameters");
  RTCRtpSender.prototype.setParameters = function (this: RTCRtpSender, parameters, ...more) {
    Reflect.set(parameters, "degradationPreference", "maintain-resolution");
    return setParameters.call(this, parameters, ...more);
  };
}

interface Cost {
  readonly cores: number;
  /** Pictures a second that were decoded, of both sides. */
  readonly frames: number;
}
async function costOf(pages: readonly Page[]): Promise<Cost> {
  const decoded = async (): Promise<number> => {
    const each = await Promise.all(pages.map(arrived));
    return each.reduce((sum, { framesDecoded }) => sum + framesDecoded, 0);
  };
  await sleep(SETTLES);
  const [begun, seconds, frames] = [performance.now(), browserSeconds(), await decoded()];
  await sleep(LASTS);
  const taken = browserSeconds() - seconds;
  const lasted = (performance.now() - begun) / 1000;
  return { cores: taken / lasted, frames: ((await decoded()) - frames) / lasted };
}

await ensureBuilt();
const samples: Record<string, readonly number[]> = {};
const measured: Measured[] = [];
for (const kind of ["chromium", "firefox"] as const) {
  await using relay = await startOne("relay");
  await using two = await seatTwo(kind, {
    args: ["--use-fake-device-for-media-stream=fps=30"],
    prefs: { "media.navigator.video.default_width": 1280, "media.navigator.video.default_height": 720 },
    prepare: async (context) => {
      await openDevicesOnce(context);
      await context.addInitScript(keepSize);
    },
  });
  const [alice, bob] = two.people;
  const bare = [await openBare(alice.context, relay.url), await openBare(bob.context, relay.url)] as const;
  for (const { page } of two.people) await warmDevices(page);

  const bareCost = async (): Promise<Cost> => {
    const [caller, callee] = bare;
    for (const page of bare) await page.bringToFront();
    await callBare(caller);
    await callee.getByRole("button", { name: "Accept" }).click();
    await sleep(1_000);
    for (const page of bare) await limitBare(page, BITS_PER_SECOND);
    const cost = await costOf(bare);
    for (const page of bare) await endBare(page);
    return cost;
  };
  const ourCost = async (): Promise<Cost> => {
    for (const { page } of two.people) await page.bringToFront();
    await alice.call("video");
    await bob.acceptCall();
    await sleep(1_000);
    const cost = await costOf([alice.page, bob.page]);
    await alice.hangUp();
    for (const person of two.people) await person.dismissEnded();
    return cost;
  };
  const [ours, theirs]: [Cost[], Cost[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    theirs.push(await bareCost());
    ours.push(await ourCost());
  }
  const of = (costs: readonly Cost[], what: keyof Cost): readonly number[] => costs.map((cost) => cost[what]);
  Object.assign(samples, {
    [`${kind} product`]: of(ours, "cores"),
    [`${kind} bare`]: of(theirs, "cores"),
    [`${kind} product frames`]: of(ours, "frames"),
    [`${kind} bare frames`]: of(theirs, "frames"),
  });
  measured.push({ value: median(of(ours, "cores")), baseline: median(of(theirs, "cores")) });
  console.log(
    `${kind}: ${median(of(ours, "cores")).toFixed(2)} of ${median(of(theirs, "cores")).toFixed(2)} cores, ` +
      `${median(of(ours, "frames")).toFixed(1)} of ${median(of(theirs, "frames")).toFixed(1)} pictures/s decoded`,
  );
}
report({ figure: "sframe", ...dearestOf(measured), unit: "cores", aim: { atMost: 1.25 }, samples });
