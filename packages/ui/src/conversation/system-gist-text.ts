/** A change of people or devices in the words of the chat list: one short sentence. [U26] */
import type { SystemGist } from "@megachat/view";
import type { Words } from "../words/en.ts";

/** `name` is the other side's, isolated. */
export function systemGistText({ chats, system }: Words, gist: SystemGist, name: string): string {
  const { system: brief } = chats;
  switch (gist.type) {
    case "started":
      return chats.nothingYet;
    case "deviceAdded":
      return gist.who === "self" ? brief.youAddedDevice : brief.deviceAdded(name);
    case "deviceRemoved":
      return gist.who === "self" ? brief.youRemovedDevice : brief.deviceRemoved(name);
    case "rejoined":
      return gist.who === "self" ? system.youRejoined : system.rejoined(name);
    case "keysChanged":
      return system.keysChanged(name);
    case "verified":
      return gist.on ? system.verified(name) : system.unverified(name);
    case "blocked":
      return gist.on ? system.blocked(name) : system.unblocked(name);
    case "junkSkipped":
      return brief.junkSkipped;
    case "missing":
      return brief.missing;
  }
}
