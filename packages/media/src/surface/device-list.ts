/** Which devices there are and what the user has allowed, kept up to date while somebody looks. [M18] */
import type { DeviceKind } from "../peer/refusal.ts";

export interface ListedDevice {
  readonly id: string;
  /** Empty until something was allowed. */
  readonly label: string;
}
export type Permission = "granted" | "denied" | "ask" | "unknown";

export interface DeviceList extends Disposable {
  readonly devices: () => Readonly<Record<DeviceKind, readonly ListedDevice[]>>;
  readonly permission: () => Readonly<Record<"microphone" | "camera", Permission>>;
  readonly refresh: () => Promise<void>;
}

const kinds = { audioinput: "microphone", videoinput: "camera", audiooutput: "speaker" } as const;

export function openDeviceList(
  devices: MediaDevices | undefined,
  permissions: Permissions | undefined,
  onChange: () => void,
): DeviceList {
  let listed: Readonly<Record<DeviceKind, readonly ListedDevice[]>> = { microphone: [], camera: [], speaker: [] };
  const allowed: Record<"microphone" | "camera", Permission> = { microphone: "unknown", camera: "unknown" };
  const stop = new AbortController();

  const refresh = async (): Promise<void> => {
    const all = (await devices?.enumerateDevices().catch(() => [])) ?? [];
    const of = (kind: DeviceKind): readonly ListedDevice[] =>
      all
        .filter((each) => kinds[each.kind] === kind && each.deviceId !== "")
        .map(({ deviceId, label }) => ({ id: deviceId, label }));
    listed = { microphone: of("microphone"), camera: of("camera"), speaker: of("speaker") };
    onChange();
  };
  const ask = async (name: "microphone" | "camera"): Promise<void> => {
    // Not every browser knows these names; then only trying tells.
    const status = await permissions?.query({ name }).catch(() => undefined);
    if (!status || stop.signal.aborted) return;
    const read = (): void => {
      allowed[name] = status.state === "prompt" ? "ask" : status.state;
      onChange();
    };
    status.addEventListener("change", read, { signal: stop.signal });
    read();
  };
  devices?.addEventListener("devicechange", () => void refresh(), { signal: stop.signal });
  void refresh();
  void ask("microphone");
  void ask("camera");
  return {
    devices: () => listed,
    permission: () => ({ ...allowed }),
    refresh,
    [Symbol.dispose]: () => stop.abort(),
  };
}
