/** The account's settings: which there are, what they may be, and one byte of each in the account log. [R23] */
import type { Profile } from "./state.ts";

const onOff = [false, true] as const;

/** Every setting with its values, the default first. A value's number never changes its meaning. */
const shapes = {
  theme: { values: ["system", "light", "dark"] },
  contrast: { values: ["system", "more"] },
  messageSounds: { values: onOff, default: true },
  callSounds: { values: onOff, default: true },
  echoCancellation: { values: onOff, default: true },
  noiseSuppression: { values: onOff, default: true },
  autoGain: { values: onOff, default: true },
  readReceipts: { values: onOff, default: true },
  typingShown: { values: onOff, default: true },
  relayOnly: { values: onOff, default: false },
  findable: { values: onOff, default: true },
} as const satisfies Readonly<Record<string, { readonly values: readonly unknown[]; readonly default?: unknown }>>;

type Shapes = typeof shapes;
export type SettingName = keyof Shapes;
export type Settings = { readonly [N in SettingName]: Shapes[N]["values"][number] };

const names = Object.keys(shapes) as readonly SettingName[];

/** The settings of a profile: what it says where this version understands it, the defaults elsewhere. */
export function settingsOf(profile: Pick<Profile, "settings">): Settings {
  const read = (name: SettingName): unknown => {
    const shape: { readonly values: readonly unknown[]; readonly default?: unknown } = shapes[name];
    const [number, ...more] = profile.settings.get(name) ?? [];
    const known = number !== undefined && more.length === 0 && number < shape.values.length;
    return known ? shape.values[number] : (shape.default ?? shape.values[0]);
  };
  return Object.fromEntries(names.map((name) => [name, read(name)])) as unknown as Settings;
}

/** The entries of a change: one per setting that is known and would differ. */
export function settingEntries(profile: Pick<Profile, "settings">, change: Partial<Settings>) {
  const now = settingsOf(profile);
  return names.flatMap((name) => {
    const wanted = Object.hasOwn(change, name) ? change[name] : undefined;
    const number = (shapes[name].values as readonly unknown[]).indexOf(wanted);
    if (number < 0 || wanted === now[name]) return [];
    return [{ type: "settingEntry", name, value: Uint8Array.of(number) } as const];
  });
}
