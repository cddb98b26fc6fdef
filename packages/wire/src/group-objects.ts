/** What MLS carries for us: device certificates in credentials, the roster in the GroupContext, the data of a commit. [G1–G3] */
import { hpkeKey, signingKey } from "./account-objects.ts";
import { choice, fixed, id16, list, object, struct, u16, u53, type ValueOf } from "./codec.ts";

/** Accounts of a conversation under policy 1. */
export const MAX_ACCOUNTS = 250;
/** Serials of one account that may stand at a time. */
export const MAX_STANDING = 24;
/** Devices that one commit may add, and remove. */
export const MAX_DEVICES_IN_COMMIT = 1000;

/**
 * A device of an account. It does not expire: the account's device list and each conversation's roster say whether its
 * serial stands. Travels as `Signed`, by the identity key of generation `n`; that encoding is the identity in the MLS
 * Basic credential (RFC 9420 §5.3).
 */
export const Certificate = object("certificate", 0x0601, 1, {
  account: id16,
  n: u16,
  device: id16,
  /** Drawn by counting up, never used twice in an account. */
  serial: u53,
  /** The key of the MLS leaf and of everything else the device signs. */
  signatureKey: signingKey,
  /** What others seal to when only this device shall open it. */
  hpkeKey,
});
export type Certificate = ValueOf<typeof Certificate>;

/** What an account may do in a conversation, least first. */
export const roles = ["member", "moderator", "admin"] as const;
export const role = choice(roles);
export type Role = ValueOf<typeof role>;
/** The least role that may do a thing; `nobody` closes it for good. */
export const leastRole = choice([...roles, "nobody"]);
export type LeastRole = ValueOf<typeof leastRole>;

/** One account of a conversation. A serial is good when it is in `standing` or above `top`. */
export const RosterAccount = struct({
  account: id16,
  n: u16,
  identityKey: signingKey,
  role,
  top: u53,
  /** Ascending, none above `top`. */
  standing: list(u53, MAX_STANDING),
});
export type RosterAccount = ValueOf<typeof RosterAccount>;

/** Who may do what to others. What anyone may do to their own account is fixed by the policy. */
export const RosterRules = struct({
  addAccounts: leastRole,
  removeAccounts: leastRole,
  changeRoles: leastRole,
  changeRules: leastRole,
  /** Take out the leaf of another account's device, as an answer to "I leave" or to long silence. */
  removeDevices: leastRole,
});
export type RosterRules = ValueOf<typeof RosterRules>;

/** Membership and policy of a conversation: our extension of the GroupContext, so that every member agrees on it. */
export const Roster = object("roster", 0x0602, 1, {
  /** The number of the rules that judge this conversation. Policy 1 is the only one. */
  policy: u16,
  /** Seals GroupInfo and external commits. Random, never changed; hides roles and policy only. */
  conversationKey: fixed(32),
  rules: RosterRules,
  /** In ascending order of `account`. */
  accounts: list(RosterAccount, MAX_ACCOUNTS),
});
export type Roster = ValueOf<typeof Roster>;

/** The authenticated data of a commit, readable before it is processed: whom the server delivers to, and the clock. */
export const CommitData = object("commitData", 0x0603, 1, {
  /** The committer's clock, ms since 1970. */
  time: u53,
  /** Devices that get a leaf, ascending. A device that replaces its own leaf is in both lists. */
  added: list(id16, MAX_DEVICES_IN_COMMIT),
  /** Devices that lose one, ascending. */
  removed: list(id16, MAX_DEVICES_IN_COMMIT),
});
export type CommitData = ValueOf<typeof CommitData>;
