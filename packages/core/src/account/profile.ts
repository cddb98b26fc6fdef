/** The account's own name, recovery state and settings: the fold of their entries. [R22] [R23] */
import { instant } from "@megachat/base";
import type { Fold, Profile } from "./state.ts";

export const emptyProfile: Profile = { displayName: null, recovery: { at: "pending" }, settings: new Map() };

/** Characters of a display name. */
export const MAX_DISPLAY_NAME = 80;

/** The profile after an entry; the same object when the entry is about something else. */
export function foldProfile(profile: Profile, { entry }: Fold): Profile {
  switch (entry.type) {
    case "profileEntry":
      return { ...profile, displayName: entry.displayName === "" ? null : entry.displayName };
    case "recoveryEntry": {
      // Who has confirmed once has the words: a postponement by another device does not take that back.
      if (profile.recovery.at === "confirmed" && entry.state === "postponed") return profile;
      return { ...profile, recovery: { at: entry.state, since: instant(entry.at) } };
    }
    case "settingEntry":
      return { ...profile, settings: new Map(profile.settings).set(entry.name, entry.value) };
    default:
      return profile;
  }
}

export type NameError = { readonly type: "empty" } | { readonly type: "tooLong"; readonly limit: number };

/**
 * A name as it is kept: NFC, one line, no spaces at its ends, no invisible or direction-changing characters, which
 * would let it run over what stands beside it.
 */
export function cleanName(text: string): string {
  const visible = text
    .toWellFormed()
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu, " ");
  return visible.replace(/\s+/gu, " ").trim();
}

/** What a peer calls themself, as it is kept: clean and not too long; null for a name of nothing. */
export function shownName(text: string): string | null {
  const cut = Array.from(cleanName(text)).slice(0, MAX_DISPLAY_NAME).join("").trim();
  return cut === "" ? null : cut;
}

/** Characters as people count them, as far as code points do. */
export const characters = (text: string): number => Array.from(text).length;
