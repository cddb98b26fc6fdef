/** The roster of a conversation: who belongs to it, which of their devices stand, who may change what. [G2] [G13–G15] */
import { bytesEqual, compareBytes } from "@megachat/base";
import { Roster, decode, encode, roles, type LeastRole, type Role, type RosterAccount } from "@megachat/wire";
import type { RuleId } from "./engine.ts";

/** The one policy whose rules this code knows. */
export const POLICY = 1;

/** The roster in `bytes`, if it is one that policy 1 allows to exist. [G2] */
export function readRoster(bytes: Uint8Array): Roster | undefined {
  const roster = decode(Roster, bytes);
  return roster.ok && isOrderly(roster.value) ? roster.value : undefined;
}

export const writeRoster = (roster: Roster): Uint8Array<ArrayBuffer> => encode(Roster, roster);

/** One way to write each roster, and nothing in it that contradicts itself. */
export function isOrderly(roster: Roster): boolean {
  if (roster.policy !== POLICY || roster.accounts.length === 0) return false;
  return roster.accounts.every((each, i) => {
    const before = roster.accounts[i - 1];
    if (before && compareBytes(before.account, each.account) >= 0) return false;
    return each.standing.every((serial, j) => serial <= each.top && serial > (each.standing[j - 1] ?? -1));
  });
}

export const findAccount = (roster: Roster, account: Uint8Array): RosterAccount | undefined =>
  roster.accounts.find((each) => bytesEqual(each.account, account));

/** Whether a serial of this account is good. */
export const stands = (entry: RosterAccount, serial: number): boolean => serial > entry.top || entry.standing.includes(serial);

/** Whether `role` is enough where `least` is asked for. */
export const reaches = (role: Role, least: LeastRole): boolean => least !== "nobody" && rank(role) >= rank(least);
const rank = (role: Role): number => roles.indexOf(role);

/** How far one commit may raise an account's `top`: a stolen device must not be able to use up all numbers at once. */
const MAX_RISE = 1000;

/** Whether `after` lets in no serial that `before` kept out. */
function onlyShrinks(before: RosterAccount, after: RosterAccount): boolean {
  const rise = after.top - before.top;
  return rise >= 0 && rise <= MAX_RISE && after.standing.every((serial) => stands(before, serial));
}

/** The rule that a member of `actor`'s account breaks by turning `before` into `after`. */
export function judgeRosterChange(before: Roster, after: Roster, actor: RosterAccount): RuleId | undefined {
  if (after.policy !== before.policy || !bytesEqual(after.conversationKey, before.conversationKey)) return "G15";
  if (!sameRules(before, after) && !reaches(actor.role, before.rules.changeRules)) return "G14";

  for (const old of before.accounts) {
    const own = bytesEqual(old.account, actor.account);
    const now = findAccount(after, old.account);
    const mayTouch = rank(old.role) <= rank(actor.role);
    if (!now) {
      if (!mayTouch || !reaches(actor.role, before.rules.removeAccounts)) return "G14";
      continue;
    }
    // A new identity key is an account taken out and let in again, by someone who may do both.
    if (now.n !== old.n || !bytesEqual(now.identityKey, old.identityKey)) return "G15";
    const serialsChanged = now.top !== old.top || !sameNumbers(now.standing, old.standing);
    if (serialsChanged && (!own || !onlyShrinks(old, now))) return "G13";
    const roleAllowed = mayTouch && rank(now.role) <= rank(actor.role) && reaches(actor.role, before.rules.changeRoles);
    if (now.role !== old.role && !roleAllowed) return "G14";
  }
  for (const now of after.accounts) {
    if (findAccount(before, now.account)) continue;
    if (!reaches(actor.role, before.rules.addAccounts) || rank(now.role) > rank(actor.role)) return "G14";
  }
  return undefined;
}

function sameRules(a: Roster, b: Roster): boolean {
  const names = Object.keys(a.rules) as (keyof Roster["rules"])[];
  return names.every((name) => a.rules[name] === b.rules[name]);
}
const sameNumbers = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((x, i) => x === b[i]);

/** What the creator of a direct conversation knows of one side. */
export type DirectAccount = Omit<RosterAccount, "role">;

/** Two accounts as equals, for good: nobody can be added, removed or promoted. */
export function newDirectRoster(conversationKey: Uint8Array<ArrayBuffer>, both: readonly [DirectAccount, DirectAccount]): Roster {
  const accounts = both.map((each) => ({ ...each, role: "member" as const }));
  accounts.sort((a, b) => compareBytes(a.account, b.account));
  return {
    type: "roster",
    policy: POLICY,
    conversationKey,
    rules: {
      addAccounts: "nobody",
      removeAccounts: "nobody",
      changeRoles: "nobody",
      changeRules: "nobody",
      removeDevices: "member",
    },
    accounts,
  };
}
