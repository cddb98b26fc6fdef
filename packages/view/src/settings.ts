/** What the user chose, for the account. [U9] */
export interface Settings {
  readonly theme: "system" | "light" | "dark";
  readonly contrast: "system" | "more";
  readonly messageSounds: boolean;
  readonly callSounds: boolean;
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
  readReceipts: true,
  typingShown: true,
  relayOnly: false,
  findable: true,
};
