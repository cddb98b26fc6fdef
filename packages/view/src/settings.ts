/** What the user chose, for the account. [U9] */
export interface Settings {
  readonly theme: "system" | "light" | "dark";
  readonly contrast: "system" | "more";
  readonly messageSounds: boolean;
  readonly callSounds: boolean;
  /** What the browser does to the microphone's sound. Off for music, or where a device does it better. */
  readonly echoCancellation: boolean;
  readonly noiseSuppression: boolean;
  readonly autoGain: boolean;
  /** "Read" is told to the other side. Off hides theirs as well. */
  readonly readReceipts: boolean;
  readonly typingShown: boolean;
  /** Calls go through the relay only: the other side does not learn this network's address. */
  readonly relayOnly: boolean;
  /** Others may find this account by its exact handle. */
  readonly findable: boolean;
}

export const defaultSettings: Settings = {
  theme: "system",
  contrast: "system",
  messageSounds: true,
  callSounds: true,
  echoCancellation: true,
  noiseSuppression: true,
  autoGain: true,
  readReceipts: true,
  typingShown: true,
  relayOnly: false,
  findable: true,
};
