/** Which devices there are, which speaker is chosen, and what the browser has allowed. */
import type { DeviceKind, MediaDevice, MediaState } from "@megachat/ui";

export interface DeviceList extends Disposable {
  readonly devices: () => MediaState["devices"];
  readonly permission: () => MediaState["permission"];
  /** Labels appear only after something was allowed. */
  readonly refresh: () => void;
}

const kinds: Readonly<Record<MediaDeviceKind, DeviceKind>> = {
  audioinput: "microphone",
  videoinput: "camera",
  audiooutput: "speaker",
};

export function listDevices(devices: MediaDevices | undefined, onChange: () => void): DeviceList {
  let list: MediaState["devices"] = { microphone: [], camera: [], speaker: [] };
  let permission: MediaState["permission"] = { microphone: "unknown", camera: "unknown" };
  const stop = new AbortController();

  const refresh = (): void => {
    void devices?.enumerateDevices().then((found) => {
      const of = (kind: DeviceKind): readonly MediaDevice[] =>
        found
          .filter((each) => kinds[each.kind] === kind && each.deviceId !== "")
          .map(({ deviceId, label }) => ({ id: deviceId, label }));
      list = { microphone: of("microphone"), camera: of("camera"), speaker: of("speaker") };
      onChange();
    });
  };
  const watch = async (name: "microphone" | "camera"): Promise<void> => {
    const status = await navigator.permissions.query({ name });
    const note = (): void => {
      permission = { ...permission, [name]: status.state === "prompt" ? "ask" : status.state };
      onChange();
    };
    note();
    status.addEventListener("change", note, { signal: stop.signal });
  };

  devices?.addEventListener("devicechange", refresh, { signal: stop.signal });
  refresh();
  // A browser that does not tell leaves it unknown.
  for (const name of ["microphone", "camera"] as const) watch(name).catch(() => {});
  return { devices: () => list, permission: () => permission, refresh, [Symbol.dispose]: () => stop.abort() };
}
