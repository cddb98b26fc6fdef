/** Two ends of the product in a call: Chromium, Firefox and between the two. */
import { expect, test, type BrowserKind, type End } from "./bench.ts";
import { talk } from "./talk.ts";

const sighting = (end: End) => end.page.evaluate(() => window.harness.sighting());
const seesAndHears = async (end: End, name: string): Promise<void> => {
  await expect(async () => {
    const { seen, heard } = await sighting(end);
    expect({ end: end.kind, seen: [...seen].includes(name), heard: [...heard].includes(name) }).toEqual({
      end: end.kind,
      seen: true,
      heard: true,
    });
  }).toPass({ timeout: 15_000 });
};

const pairs: readonly (readonly [BrowserKind, BrowserKind])[] = [
  ["chromium", "chromium"],
  ["firefox", "firefox"],
  ["chromium", "firefox"],
  ["firefox", "chromium"],
];

for (const [first, second] of pairs) {
  test(`[M14, M17, M18, M21, M23] ${first} calls ${second}: sound and picture both ways, camera later, another device, a screen, on hold, new keys, a cut path`, async ({
    sit,
  }) => {
    const [alice, bob] = [await sit(first), await sit(second)];
    await using call = await talk(alice, bob, { camera: true });
    await Promise.all([alice.next("connected"), bob.next("connected")]);
    await Promise.all([seesAndHears(alice, "first"), seesAndHears(bob, "first")]);
    await Promise.all([alice.next("opened"), bob.next("opened")]);

    // What the screen knows of it.
    const screen = () => alice.page.evaluate(() => window.harness.screen());
    await expect(async () => {
      const { microphoneOpen, cameraOpen, remotePicture, needsClickForSound, levels, width, playing, devices } = await screen();
      expect({ microphoneOpen, cameraOpen, remotePicture, needsClickForSound, playing }).toEqual({
        microphoneOpen: true,
        cameraOpen: true,
        remotePicture: true,
        needsClickForSound: false,
        playing: true,
      });
      expect(levels.self).toBeGreaterThan(0.05);
      expect(levels.peer).toBeGreaterThan(0.02);
      expect(width).toBeGreaterThan(0);
      expect(devices.camera.map(({ id }) => id)).toEqual(["first", "second"]);
    }).toPass({ timeout: 10_000 });
    expect(await alice.page.evaluate(() => window.harness.testSpeaker())).toBe(true);
    await alice.command(call.call, { type: "microphone", on: false });
    await expect.poll(async () => (await screen()).speakingWhileMuted).toBe(true);
    await alice.command(call.call, { type: "microphone", on: true });

    // Another camera and another microphone.
    await alice.page.evaluate(() => window.harness.choose("camera", "second"));
    await alice.page.evaluate(() => window.harness.choose("microphone", "second"));
    await seesAndHears(bob, "second");

    // A screen with its sound: the voice goes on beside it, and the camera comes back behind it.
    expect(await alice.page.evaluate(() => window.harness.share())).toContain('"ok":true');
    const side = () => alice.events.findLast((event) => event.type === "side");
    await expect.poll(side).toMatchObject({ camera: { at: "on" }, screen: true });
    await seesAndHears(bob, "screen");
    await bob.page.evaluate(() => window.harness.lookAgain());
    await expect.poll(async () => (await sighting(bob)).heard.toSorted(), { timeout: 15_000 }).toEqual(["screen", "second"]);
    await alice.page.evaluate(() => window.harness.stopSharing());
    await expect.poll(side).toMatchObject({ camera: { at: "on" }, screen: false });
    await bob.page.evaluate(() => window.harness.lookAgain());
    await seesAndHears(bob, "second");

    // On hold: silence, which is no broken line, and afterwards everything is as before.
    const silences = () => bob.events.filter(({ type }) => type === "silent").length;
    const before = silences();
    await alice.page.evaluate(() => window.harness.hold(true));
    await expect.poll(side).toMatchObject({ microphone: { at: "on" }, camera: { at: "off" }, held: true });
    await expect(async () => {
      await bob.page.evaluate(() => window.harness.lookAgain());
      await bob.page.waitForTimeout(1500);
      expect((await sighting(bob)).heard).toEqual([]);
    }).toPass({ timeout: 15_000 });
    expect(silences()).toBe(before);
    await alice.page.evaluate(() => window.harness.hold(false));
    await expect.poll(side).toMatchObject({ microphone: { at: "on" }, camera: { at: "on" }, held: false });
    await bob.page.evaluate(() => window.harness.lookAgain());
    await seesAndHears(bob, "second");

    // New keys, with and without a removal: nothing is lost.
    await call.rekey(2, false);
    await call.rekey(3, true);
    await bob.page.evaluate(() => window.harness.lookAgain());
    await seesAndHears(bob, "second");

    // The path is cut and, later, mended by new addresses.
    call.relay.up = false;
    const { forMs } = await alice.next("silent", 4000);
    expect(forMs).toBeLessThan(2500);
    await bob.next("silent", 4000);
    call.relay.up = true;
    await call.restart(1);
    await Promise.all([alice.next("heard"), bob.next("heard")]);
    await bob.page.evaluate(() => window.harness.lookAgain());
    await alice.page.evaluate(() => window.harness.lookAgain());
    await Promise.all([seesAndHears(bob, "second"), seesAndHears(alice, "first")]);

    for (const end of [alice, bob]) {
      const measured = () => end.events.filter((event) => event.type === "quality").at(-1)?.quality;
      await expect.poll(() => measured()?.framesOpened).toBeGreaterThan(100);
      // Right after a restart a browser may not yet have chosen its pair.
      await expect.poll(() => measured()?.path).toBe("direct");
      expect(end.events.some(({ type }) => type === "failed")).toBe(false);
    }
  });
}
