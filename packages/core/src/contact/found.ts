/** Founding the direct conversation with someone whose request we accept, from their key packages. [F21] [F22] */
import { err, ok, toHex, type Instant, type Result } from "@megachat/base";
import { verifyDeviceList, type DeviceListFacts } from "@megachat/auth";
import { newDirectRoster, type DirectAccount, type Pending } from "@megachat/group";
import type { Roster } from "@megachat/wire";
import { stands } from "../account/faces.ts";
import type { Self } from "../account/self.ts";
import type { Powers } from "../step.ts";
import type { Contact } from "./state.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** For the conversation part: ask the server to store it, keep it until it has. */
export interface Found {
  readonly conversation: Bytes;
  readonly with: Bytes;
  readonly suite: 1;
  readonly conversationKey: Bytes;
  readonly roster: Roster;
  readonly pending: Pending;
}
export type FoundError =
  /** Not one key package that the other's keys answer for. */
  | { readonly type: "notAuthentic" }
  /** The engine refuses: what it says is for the log. */
  | { readonly type: "refused"; readonly why: string };

/**
 * `list` is the other's newest device list, checked. Key packages that do not fit it are left out: a server cannot slip
 * one of its own in, nor spoil the founding with junk.
 */
export function foundDirect(
  powers: Powers,
  self: Self,
  contact: Pick<Contact, "account" | "n" | "identityKey">,
  list: DeviceListFacts,
  keyPackages: readonly Uint8Array[],
  now: Instant,
): Result<Found, FoundError> {
  const { account, n, identityKey } = contact;
  const chosen = new Map<string, Uint8Array>();
  for (const bytes of keyPackages) {
    const checked = powers.engine.checkKeyPackage(bytes, {
      now,
      suite: 1,
      account,
      n,
      identityKey,
      stands: (certificate) => stands(list, certificate),
    });
    if (checked.ok)
      chosen.set(toHex(checked.value.certificate.device), chosen.get(toHex(checked.value.certificate.device)) ?? bytes);
    else powers.log.warn("keyPackageRefused", { why: checked.error.type });
  }
  if (chosen.size === 0) return err({ type: "notAuthentic" });

  const own = verifyDeviceList(self.deviceList.bytes, self, null);
  if (!own.ok) throw new Error("our own device list does not hold");
  const conversation = powers.random.bytes(16);
  const conversationKey = powers.random.bytes(32);
  const roster = newDirectRoster(conversationKey, [
    rosterAccount(self, own.value),
    rosterAccount({ account: Uint8Array.from(account), n, identityKey: Uint8Array.from(identityKey) }, list),
  ]);
  const pending = powers.engine.createConversation({ conversation, suite: 1, roster, keyPackages: [...chosen.values()], now });
  if (!pending.ok) return err({ type: "refused", why: pending.error.type });
  return ok({ conversation, with: Uint8Array.from(account), suite: 1, conversationKey, roster, pending: pending.value });
}

/** Serials that stand, and the highest of them: a device that comes later has a higher one. */
function rosterAccount(who: Omit<DirectAccount, "top" | "standing">, list: DeviceListFacts): DirectAccount {
  const standing = list.standing.map(({ serial }) => serial).toSorted((a, b) => a - b);
  return { account: who.account, n: who.n, identityKey: who.identityKey, top: standing.at(-1) ?? 0, standing };
}
