/**
 * What leaves the machine. A receiver without our transforms stands at the other end of a real connection: every payload
 * it takes off the wire opens as SFrame, and nothing it can decode shows the known picture or sounds the known tone.
 */
import { toHex } from "@megachat/base";
import type { Candidate, SessionAnswer, SessionOffer } from "@megachat/wire";
import { deriveCipherKey } from "../src/sframe/cipher.ts";
import { createKeyRing, kidOf, type KeyRing } from "../src/sframe/key-ring.ts";
import { callSuite, openMediaFrame, type TrackKind } from "../src/sframe/media-frame.ts";
import { expect, random, sealedKey, test, type BrowserKind, type End } from "./bench.ts";
import { fromText, toText } from "./page/wire.ts";

const path = { iceServers: [], relayOnly: false };
const browsers: readonly BrowserKind[] = ["chromium", "firefox"];

interface Taken {
  readonly track: TrackKind;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** The product's end under test, connected to a bare peer in the other browser's page. */
interface Tapped {
  readonly call: Uint8Array<ArrayBuffer>;
  readonly ring: KeyRing;
  /** Frames that did not open, as text. One is enough: they are not forgotten while a test waits for others. */
  readonly faults: readonly string[];
  /** Opens every frame that was taken; gives how many opened of each track. */
  readonly openAll: () => Promise<Readonly<Record<TrackKind, number>>>;
  readonly restart: (generation: number) => Promise<void>;
}

type Role = "caller" | "callee";

async function tapped(role: Role, us: End, tap: End, mode: "tap" | "bare", { camera = false } = {}): Promise<Tapped> {
  const call = random.bytes(16);
  await tap.page.evaluate((chosen) => window.harness.bareOpen(chosen, false), mode);
  const bareAnswer = async (offer: SessionOffer): Promise<SessionAnswer> =>
    fromText(await tap.page.evaluate((text) => window.harness.bareAnswer(text), toText(offer))) as SessionAnswer;
  await us.command(call, { type: "capture", camera });
  let workerKey: Uint8Array<ArrayBuffer>;
  if (role === "caller") {
    await us.command(call, { type: "offer", ...path });
    const offered = await us.next("offered");
    workerKey = offered.workerKey;
    await us.command(call, { type: "accepted", answer: await bareAnswer(offered.offer) });
  } else {
    const offer = fromText(await tap.page.evaluate(() => window.harness.bareOffer())) as SessionOffer;
    await us.command(call, { type: "answer", offer, candidates: [] as readonly Candidate[], ...path });
    const answered = await us.next("answered");
    workerKey = answered.workerKey;
    await tap.page.evaluate((text) => window.harness.bareTakeAnswer(text), toText(answered.answer));
  }
  const baseKey = random.bytes(32);
  const ring = createKeyRing(() => 0);
  ring.addReceive({
    cipher: await deriveCipherKey(crypto.subtle, callSuite, kidOf(us.join, 1), baseKey),
    epoch: 1,
    removal: false,
  });
  // The key comes late on purpose: until then nothing may leave, sealed or not.
  await us.command(call, { type: "send" });
  await us.next("connected");
  await us.page.waitForTimeout(300);
  await us.command(call, { type: "keys", sealed: [sealedKey(workerKey, call, { direction: "send", join: us.join, baseKey })] });

  const faults: string[] = [];
  const earlier = new Set<string>();
  return {
    call,
    ring,
    faults,
    openAll: async () => {
      const taken = fromText(await tap.page.evaluate(() => window.harness.bareTaken())) as readonly Taken[];
      const counts = { microphone: 0, camera: 0 };
      for (const { track, data } of taken) {
        const opened = await openMediaFrame(crypto.subtle, ring, track, data);
        const text = toHex(data);
        if (opened.ok) {
          counts[track]++;
          earlier.add(text);
          // Browsers send packets again, when asked and to probe the path: the very same bytes, which open only once.
        } else if (!earlier.has(text))
          faults.push(`${track} frame of ${data.length} bytes: ${opened.error.type}: ${text.slice(0, 48)}`);
      }
      return counts;
    },
    restart: async (generation) => {
      if (role === "caller") {
        await us.command(call, { type: "restart", generation });
        const { offer } = await us.next("restartOffered");
        await us.command(call, { type: "restartAnswer", generation, answer: await bareAnswer(offer) });
      } else {
        const { candidates, ...offer } = fromText(await tap.page.evaluate(() => window.harness.bareOffer())) as SessionOffer;
        await us.command(call, { type: "restartOffer", generation, offer: { ...offer, candidates: [] } });
        const { answer } = await us.next("restartAnswered");
        await tap.page.evaluate((text) => window.harness.bareTakeAnswer(text), toText(answer));
        await us.command(call, { type: "candidates", generation, candidates });
      }
    },
  };
}

/** Sound, and a picture if there is to be one, leave sealed, and nothing has left otherwise. */
async function untilBoth(us: End, tapping: Tapped, step: string, camera: boolean): Promise<void> {
  const sum = { microphone: 0, camera: 0 };
  await expect(async () => {
    const more = await tapping.openAll();
    sum.microphone += more.microphone;
    sum.camera += more.camera;
    expect(tapping.faults).toEqual([]);
    const failed = us.events.filter(({ type }) => type === "failed");
    expect({ step, failed, sound: sum.microphone > 10, picture: sum.camera > 5 }).toEqual({
      step,
      failed: [],
      sound: true,
      picture: camera,
    });
  }).toPass({ timeout: 10_000 });
}

for (const kind of browsers) {
  for (const role of ["caller", "callee"] as const) {
    test(`[M12, M14] ${kind} as ${role}: a picture from the start opens as SFrame from the first payload on`, async ({ sit }) => {
      const [us, tap] = [await sit(kind), await sit("chromium")];
      const tapping = await tapped(role, us, tap, "tap", { camera: true });
      await untilBoth(us, tapping, "sound and picture from the start", true);
    });

    test(`[M12, M14] ${kind} as ${role}: every payload of every sender opens as SFrame, from the first one on`, async ({ sit }) => {
      const [us, tap] = [await sit(kind), await sit("chromium")];
      const tapping = await tapped(role, us, tap, "tap");
      await untilBoth(us, tapping, "sound from the start", false);
      await us.command(tapping.call, { type: "camera", on: true });
      await untilBoth(us, tapping, "camera on later", true);
      await us.page.evaluate(() => window.harness.choose("microphone", "second"));
      await us.page.evaluate(() => window.harness.choose("camera", "second"));
      await untilBoth(us, tapping, "other devices", true);
      await us.command(tapping.call, { type: "microphone", on: false });
      await untilBoth(us, tapping, "muted: sealed silence", true);
      await us.command(tapping.call, { type: "microphone", on: true });
      await us.command(tapping.call, { type: "camera", on: false });
      await us.command(tapping.call, { type: "camera", on: true });
      await untilBoth(us, tapping, "camera off and on", true);
      await us.page.evaluate(() => window.harness.share());
      await untilBoth(us, tapping, "a screen and its sound", true);
      await us.page.evaluate(() => window.harness.stopSharing());
      await untilBoth(us, tapping, "the camera again", true);
      await tapping.restart(1);
      await untilBoth(us, tapping, "after an ICE restart", true);
      expect(us.events.filter(({ type }) => type === "failed")).toEqual([]);
      expect(tapping.faults).toEqual([]);
    });
  }

  test(`[M12] from ${kind} a receiver without the key sees no picture and hears no tone`, async ({ sit }) => {
    const [us, tap] = [await sit(kind), await sit("chromium")];
    const tapping = await tapped("caller", us, tap, "bare");
    await us.command(tapping.call, { type: "camera", on: true });
    await expect
      .poll(() => us.events.filter((event) => event.type === "quality").at(-1)?.quality.framesSealed, { timeout: 15_000 })
      .toBeGreaterThan(150);
    const { seen, heard } = await tap.page.evaluate(() => window.harness.sighting());
    expect({ seen, heard }).toEqual({ seen: [], heard: [] });
  });

  test(`[M12, M16] what ${kind} receives without a seal reaches no decoder`, async ({ sit }) => {
    const [us, sender] = [await sit(kind), await sit("chromium")];
    const call = random.bytes(16);
    await sender.page.evaluate(() => window.harness.bareOpen("bare", true));
    await us.command(call, { type: "capture", camera: false });
    await us.command(call, { type: "offer", ...path });
    const { offer } = await us.next("offered");
    const answer = fromText(await sender.page.evaluate((text) => window.harness.bareAnswer(text), toText(offer))) as SessionAnswer;
    await us.command(call, { type: "accepted", answer });
    await expect
      .poll(() => us.events.filter((event) => event.type === "quality").at(-1)?.quality.framesRefused, { timeout: 15_000 })
      .toBeGreaterThan(50);
    const { seen, heard, pictures } = await us.page.evaluate(() => window.harness.sighting());
    expect({ seen, heard, pictures }).toEqual({ seen: [], heard: [], pictures: 0 });
    expect(us.events.some(({ type }) => type === "opened")).toBe(false);
  });
}

test("[M12] control: between two bare peers the known picture is seen and the known tone heard", async ({ sit }) => {
  const [from, to] = [await sit("chromium"), await sit("chromium")];
  await from.page.evaluate(() => window.harness.bareOpen("bare", true));
  await to.page.evaluate(() => window.harness.bareOpen("bare", false));
  const offer = await from.page.evaluate(() => window.harness.bareOffer());
  const answer = await to.page.evaluate((text) => window.harness.bareAnswer(text), offer);
  await from.page.evaluate((text) => window.harness.bareTakeAnswer(text), answer);
  await expect(async () => {
    const { seen, heard } = await to.page.evaluate(() => window.harness.sighting());
    expect({ seen, heard }).toEqual({ seen: ["first"], heard: ["first"] });
  }).toPass({ timeout: 10_000 });
});
