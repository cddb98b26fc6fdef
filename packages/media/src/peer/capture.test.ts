import { expect, test } from "vitest";
import { createCapture } from "./capture.ts";

/** Microphones that keep what they were asked for. */
function studio() {
  const asked: MediaTrackConstraints[] = [];
  let refuse = false;
  const devices = {
    getUserMedia: async ({ audio }: { readonly audio: MediaTrackConstraints }) => {
      asked.push(audio);
      if (refuse) throw new DOMException("Permission denied", "NotAllowedError");
      const track = { kind: "audio", label: `microphone ${asked.length}`, enabled: true, onended: null, stop: () => {} };
      return { getTracks: () => [track] };
    },
  } as unknown as MediaDevices;
  const capture = createCapture({ devices, onSource: () => {}, onChange: () => {} });
  return { capture, asked, refuse: () => (refuse = true) };
}
const all = { echoCancellation: true, noiseSuppression: true, autoGain: true };

test("[M22] what the browser does to the voice is changed in an open microphone, and kept for the next", async () => {
  const { capture, asked } = studio();
  await capture.open({ microphone: true, camera: false });
  expect(asked).toEqual([expect.objectContaining({ echoCancellation: true, noiseSuppression: true, autoGainControl: true })]);
  const before = capture.source("microphone");
  capture.process({ ...all, noiseSuppression: false });
  await expect.poll(() => capture.source("microphone")).not.toBe(before);
  expect(asked.at(-1)).toMatchObject({ echoCancellation: true, noiseSuppression: false, autoGainControl: true });
  capture.process({ ...all, noiseSuppression: false });
  capture.close();
  capture.process({ ...all, autoGain: false });
  expect(asked).toHaveLength(2);
  await capture.open({ microphone: true, camera: false });
  expect(asked.at(-1)).toMatchObject({ noiseSuppression: true, autoGainControl: false });
});

test("[M22] where the browser refuses to change it, the old microphone goes on", async () => {
  const { capture, asked, refuse } = studio();
  await capture.open({ microphone: true, camera: false });
  const before = capture.source("microphone");
  refuse();
  capture.process({ ...all, echoCancellation: false });
  await expect.poll(() => asked).toHaveLength(2);
  await expect.poll(() => capture.refusal("microphone")).toBe(null);
  expect(capture.source("microphone")).toBe(before);
});

test("[M22] of wishes that follow one another quickly the last one holds, also while the first microphone is being opened", async () => {
  const { capture, asked } = studio();
  const opening = capture.open({ microphone: true, camera: false });
  capture.process({ ...all, echoCancellation: false });
  capture.process({ ...all, echoCancellation: false, noiseSuppression: false });
  await opening;
  await expect.poll(() => asked.at(-1)).toMatchObject({ echoCancellation: false, noiseSuppression: false });
  capture.process({ ...all, noiseSuppression: false });
  capture.process(all);
  await expect.poll(() => asked.at(-1)).toMatchObject({ echoCancellation: true, noiseSuppression: true });
  await expect.poll(() => capture.source("microphone")?.label).toBe(`microphone ${asked.length}`);
});
