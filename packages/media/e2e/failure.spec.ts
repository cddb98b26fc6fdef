/** What goes wrong: a false certificate, a dead worker, refused and vanished devices. Everything is closed and said. */
import { expect, random, test, type BrowserKind } from "./bench.ts";
import { talk } from "./talk.ts";

const path = { iceServers: [], relayOnly: false };
const browsers: readonly BrowserKind[] = ["chromium", "firefox"];

for (const kind of browsers) {
  test(`[M1, M15] ${kind}: a fingerprint that is not the peer's ends the call, with everything closed`, async ({ sit }) => {
    const [alice, bob] = [await sit(kind), await sit(kind)];
    await using call = await talk(alice, bob, { tamper: (offer) => ({ ...offer, fingerprint: random.bytes(32) }) });
    const { why } = await bob.next("failed", 20_000);
    expect(why).toBe("notAuthentic");
    expect(await bob.page.evaluate(() => window.harness.openTracks())).toEqual([]);
    expect(bob.events.some(({ type }) => type === "connected" || type === "opened")).toBe(false);
    expect(call.relay.packets()).toBeGreaterThan(0);
  });

  test(`[M16, M19] ${kind}: when the worker dies the call ends within seconds and the devices are closed`, async ({ sit }) => {
    const [alice, bob] = [await sit(kind), await sit(kind)];
    await using call = await talk(alice, bob, { camera: true });
    await Promise.all([alice.next("opened"), bob.next("opened")]);
    const before = Date.now();
    await alice.page.evaluate(() => window.harness.killWorker());
    const { why } = await alice.next("failed", 6000);
    expect(why).toBe("protectionLost");
    expect(Date.now() - before).toBeLessThan(5500);
    expect(await alice.page.evaluate(() => window.harness.openTracks())).toEqual([]);
    expect(call.relay.up).toBe(true);
  });

  test(`[M18] ${kind}: refusals have their names, and the call goes on without the device`, async ({ sit }) => {
    const end = await sit(kind);
    for (const [name, message, why] of [
      ["NotAllowedError", "Permission denied", "blocked"],
      ["NotFoundError", "", "none"],
      ["NotReadableError", "", "inUse"],
      ["TypeError", "", "failed"],
    ] as const) {
      const call = random.bytes(16);
      await end.page.evaluate(([error, text]) => window.harness.refuse(error, text), [name, message] as const);
      await end.page.evaluate(() => window.harness.forgetRefusals());
      await end.command(call, { type: "capture", camera: true });
      expect(await end.next("captured")).toMatchObject({ microphone: { at: "refused", why }, camera: { at: "refused", why } });
      await end.command(call, { type: "offer", ...path });
      await end.next("offered");
      await end.command(call, { type: "close" });
    }
  });

  test(`[M18] ${kind}: a device that is pulled out is replaced by the default one`, async ({ sit }) => {
    const [alice, bob] = [await sit(kind), await sit(kind)];
    await using call = await talk(alice, bob);
    await alice.page.evaluate(() => window.harness.choose("microphone", "second"));
    await Promise.all([alice.next("opened"), bob.next("opened")]);
    await alice.page.evaluate(() => window.harness.unplug("audio"));
    await bob.page.evaluate(() => window.harness.lookAgain());
    await expect(async () => {
      const { heard } = await bob.page.evaluate(() => window.harness.sighting());
      expect(heard).toContain("first");
    }).toPass({ timeout: 10_000 });
    expect(call.relay.up).toBe(true);
  });

  test(`[M15] ${kind}: closing closes all, in whatever step, and a late device is closed when it comes`, async ({ sit }) => {
    const end = await sit(kind);
    for (const steps of [1, 2, 3]) {
      const call = random.bytes(16);
      await end.command(call, { type: "capture", camera: true });
      if (steps > 1) await end.command(call, { type: "offer", ...path });
      if (steps > 2) await end.next("offered");
      await end.command(call, { type: "close" });
    }
    await end.page.waitForTimeout(300);
    expect(await end.page.evaluate(() => window.harness.openTracks())).toEqual([]);
  });

  test(`[M15, M18] ${kind}: devices opened beforehand go on with the call, all or nothing, and are released without one`, async ({
    sit,
  }) => {
    const end = await sit(kind);
    const open = () => end.page.evaluate(() => window.harness.openTracks());
    await end.page.evaluate(() => window.harness.openDevices(true));
    expect(await open()).toEqual(["audio", "video"]);
    await end.page.evaluate(() => window.harness.releaseDevices());
    expect(await open()).toEqual([]);
    await end.page.evaluate(() => window.harness.openDevices(false));
    const call = random.bytes(16);
    await end.page.evaluate(() => window.harness.refuse("NotReadableError"));
    await end.command(call, { type: "capture", camera: false });
    expect(await end.next("captured")).toMatchObject({ microphone: { at: "on" } });
    await end.page.evaluate(() => window.harness.releaseDevices());
    expect(await open()).toEqual(["audio"]);
    expect(await end.page.evaluate(() => window.harness.openDevices(true))).toContain("inUse");
    expect(await open()).toEqual(["audio"]);
    await end.command(call, { type: "close" });
    expect(await open()).toEqual([]);
  });

  test(`[M18] ${kind}: the browser's own camera and microphone open and are told apart`, async ({ sit }) => {
    const end = await sit(kind);
    await end.page.evaluate(() => window.harness.useRealDevices());
    const call = random.bytes(16);
    await end.command(call, { type: "capture", camera: true });
    expect(await end.next("captured")).toMatchObject({ microphone: { at: "on" }, camera: { at: "on" } });
    await end.command(call, { type: "close" });
  });
}
