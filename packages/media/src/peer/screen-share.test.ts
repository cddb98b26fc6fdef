import { describe, expect, test } from "vitest";
import { createScreenShare } from "./screen-share.ts";

interface FakeTrack {
  readonly kind: "audio" | "video";
  readyState: "live" | "ended";
  contentHint: string;
  onended: (() => void) | null;
  readonly stop: () => void;
}
const fakeTrack = (kind: "audio" | "video"): FakeTrack => {
  const track: FakeTrack = { kind, readyState: "live", contentHint: "", onended: null, stop: () => (track.readyState = "ended") };
  return track;
};

/** A picker that the test answers. */
function picker() {
  const open: { readonly pick: (tracks: readonly FakeTrack[]) => void; readonly refuse: (name: string) => void }[] = [];
  const devices = {
    getDisplayMedia: async () =>
      new Promise((resolve, reject) => {
        open.push({
          pick: (tracks) =>
            resolve({
              getTracks: () => tracks,
              getVideoTracks: () => tracks.filter(({ kind }) => kind === "video"),
              getAudioTracks: () => tracks.filter(({ kind }) => kind === "audio"),
            }),
          refuse: (name) => reject(new DOMException("no", name)),
        });
      }),
  } as unknown as MediaDevices;
  let changes = 0;
  const share = createScreenShare(devices, () => changes++);
  return { share, open, changes: () => changes };
}

describe("[M21] a shown screen", () => {
  test("is what was picked, hinted as text, until it is stopped", async () => {
    const { share, open } = picker();
    const [picture, sound] = [fakeTrack("video"), fakeTrack("audio")];
    const asked = share.choose();
    expect(share.picture()).toBe(null);
    open[0]?.pick([picture, sound]);
    expect(await asked).toEqual({ ok: true, value: null });
    expect([share.picture(), share.sound(), picture.contentHint]).toEqual([picture, sound, "detail"]);
    share.stop();
    expect([share.picture(), share.sound()]).toEqual([null, null]);
    expect([picture.readyState, sound.readyState]).toEqual(["ended", "ended"]);
  });

  test("goes on when another is asked for and none is picked; picked, it changes over", async () => {
    const { share, open } = picker();
    const [one, two] = [fakeTrack("video"), fakeTrack("video")];
    void share.choose();
    open[0]?.pick([one]);
    await expect.poll(share.picture).toBe(one);
    const again = share.choose();
    open[1]?.refuse("NotAllowedError");
    expect(await again).toEqual({ ok: false, error: "blockedForSite" });
    expect([share.picture(), one.readyState]).toEqual([one, "live"]);
    void share.choose();
    open[2]?.pick([two]);
    await expect.poll(share.picture).toBe(two);
    expect(one.readyState).toBe("ended");
  });

  test("ends by the browser's own button, with its sound, and says so", async () => {
    const { share, open, changes } = picker();
    const [picture, sound] = [fakeTrack("video"), fakeTrack("audio")];
    void share.choose();
    open[0]?.pick([picture, sound]);
    await expect.poll(share.picture).toBe(picture);
    const before = changes();
    picture.onended?.();
    expect([share.picture(), sound.readyState, changes()]).toEqual([null, "ended", before + 1]);
  });

  test("picked after the call has ended, is shown to nobody", async () => {
    const { share, open } = picker();
    const picture = fakeTrack("video");
    const asked = share.choose();
    share.stop();
    open[0]?.pick([picture]);
    await asked;
    expect([share.picture(), picture.readyState]).toEqual([null, "ended"]);
  });
});
