/**
 * Entries of the account log: the account's state is their fold. Sealed under the archive key, signed by a device that
 * stood. A loosening entry (unblock, verify, accept a changed key) names the entry it loosens. [A7–A9]
 */
import { bool, bytes, choice, fixed, hash32, id16, nullable, object, oneOf, text, u16, u53, type ValueOf } from "./codec.ts";
import { signingKey } from "./account-objects.ts";

const account = id16;

export const ProfileEntry = object("profileEntry", 0x0901, 1, { displayName: text(320) });
export const RecoveryEntry = object("recoveryEntry", 0x0902, 1, { state: choice(["confirmed", "postponed"]), at: u53 });
/** A contact with the identity key pinned for it. */
export const ContactEntry = object("contactEntry", 0x0903, 1, {
  account,
  handle: text(64),
  displayName: text(320),
  n: u16,
  identityKey: signingKey,
  state: choice(["contact", "requestSent", "requestReceived", "removed"]),
  /** How the pin came about. */
  via: choice(["handle", "invitation", "request"]),
  text: text(2000),
});
/** Blocking tightens at once; unblocking names the position of the block it undoes. */
export const BlockEntry = object("blockEntry", 0x0904, 1, { account, blocked: bool, loosens: nullable(u53) });
/** The user compared the safety number of this key. Withdrawing needs no name. */
export const VerifyEntry = object("verifyEntry", 0x0905, 1, {
  account,
  identityKey: signingKey,
  n: u16,
  verified: bool,
  loosens: nullable(u53),
});
/** A key other than the pinned one was seen; sending to a verified contact stops until a decision. */
export const KeyChangeEntry = object("keyChangeEntry", 0x0906, 1, { account, n: u16, identityKey: signingKey });
/** The user accepted the changed key, naming the change. */
export const KeyAcceptEntry = object("keyAcceptEntry", 0x0907, 1, { account, n: u16, identityKey: signingKey, loosens: u53 });
export const InvitationEntry = object("invitationEntry", 0x0908, 1, {
  id: id16,
  secret: fixed(16),
  expiresAt: u53,
  state: choice(["open", "used", "revoked"]),
  usedBy: nullable(account),
});
/** A conversation, its key (hides roles and policy) and the floor below which this account never goes back. */
export const ConversationEntry = object("conversationEntry", 0x0909, 1, {
  conversation: id16,
  with: account,
  conversationKey: fixed(32),
  turn: u53,
  epoch: u53,
});
export const SettingEntry = object("settingEntry", 0x090a, 1, { name: text(64), value: bytes(4096) });
/** Ids of requests that were answered: a replayed request is not shown again. */
export const RequestSeenEntry = object("requestSeenEntry", 0x090b, 1, { nonce: id16, from: account });
/** A version of the own device list, by hash. */
export const DeviceListEntry = object("deviceListEntry", 0x090c, 1, { version: u53, hash: hash32 });

export const accountEntries = [
  ProfileEntry,
  RecoveryEntry,
  ContactEntry,
  BlockEntry,
  VerifyEntry,
  KeyChangeEntry,
  KeyAcceptEntry,
  InvitationEntry,
  ConversationEntry,
  SettingEntry,
  RequestSeenEntry,
  DeviceListEntry,
] as const;
export const AccountEntry = oneOf(accountEntries);
export type AccountEntry = ValueOf<typeof AccountEntry>;
