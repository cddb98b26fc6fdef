/**
 * One step of the own account: reading and writing its log, keeping the stock of key packages, and what the user asks
 * of it. [R16–R26] [R38]
 */
import { bytesEqual, seconds, type Instant } from "@megachat/base";
import { recoveryKeyToWords } from "@megachat/crypto";
import type { AccountEntry, Push, Reply } from "@megachat/wire";
import { isSequence, retryAfter } from "../patience.ts";
import type { Effect, Input, Powers, Timed } from "../step.ts";
import { accountRows } from "./at-rest.ts";
import { nextSweep, overfull, published, refill, sweep, used } from "./key-packages.ts";
import { calm, enqueue, raise, renumber, sealFirst, takeRow } from "./log.ts";
import { characters, cleanName, foldProfile, MAX_DISPLAY_NAME } from "./profile.ts";
import { settingEntries } from "./settings.ts";
import { calmAccount, type AccountAlarmType, type AccountLive, type AccountState, type Fold } from "./state.ts";
import type { AccountAnswers, AccountWish } from "./wishes.ts";

export interface AccountStep {
  readonly state: AccountState;
  readonly effects: readonly Effect[];
  /** For the other parts, in this order. This part has folded them already. */
  readonly folds: readonly Fold[];
}

/** Keys of this part's requests begin with this. */
export const ACCOUNT_KEYS = "account:";
const ROWS = "account:rows";
const APPEND = "account:append";
const PACKAGES = "account:packages";
const SIGN_OUT = "account:signOut";

const PAGE_BYTES = 262_144;
/** After an answer that gives no time of its own. */
const RETRY = seconds(30);

/** Inputs that are not this part's change nothing. */
export function stepAccount(powers: Powers, state: AccountState, timed: Timed<Input<AccountWish>>): AccountStep {
  const { now, input } = timed;
  const work = begin(state, now);
  switch (input.type) {
    case "link":
      return finish(powers, work, linkChanged(state, input.online));
    case "reply":
      return finish(powers, work, replied(powers, work, input.key, input.reply));
    case "unanswered":
      return finish(powers, work, unanswered(work, input.key));
    case "push":
      return finish(powers, work, pushed(powers, work, input.push));
    case "timeIs":
      return finish(powers, work, state);
    case "intent":
      return finish(powers, work, wished(powers, work, input.intent, input.wish));
    case "media":
    case "recalled":
      return { state, effects: [], folds: [] };
  }
}

/** Writes entries of ours: they are in the outbox, on disk, with this step. The caller has folded them as its own. */
export function appendEntries(powers: Powers, state: AccountState, entries: readonly AccountEntry[], now: Instant): AccountStep {
  return finish(powers, begin(state, now), enqueue(state, entries));
}

/** A Welcome was adopted: one key package less. */
export function keyPackageUsed(
  powers: Powers,
  state: AccountState,
  which: { readonly lastResort: boolean },
  now: Instant,
): AccountStep {
  return finish(powers, begin(state, now), { ...state, stock: used(state.stock, which) });
}

/** Something outside the log that the user should know about the server's conduct. */
export function raiseAccountAlarm(powers: Powers, state: AccountState, type: AccountAlarmType, now: Instant): AccountStep {
  return finish(powers, begin(state, now), raise(state, type, now));
}

/** Right after sign-up: the words can be shown without the password. */
export const holdRecoveryKey = (state: AccountState, recoveryKey: AccountLive["recoveryKey"]): AccountState => ({
  ...state,
  live: { ...state.live, recoveryKey },
});

// —— One step's work ————————————————————————————————————————————————————————————————————————————————————

interface Work {
  readonly before: AccountState;
  readonly now: Instant;
  readonly effects: Effect[];
  readonly folds: Fold[];
}
const begin = (before: AccountState, now: Instant): Work => ({ before, now, effects: [], folds: [] });

/** Starts what can be started now and writes what changed. */
function finish(powers: Powers, work: Work, reached: AccountState): AccountStep {
  const state = pump(powers, work, reached);
  const rows = accountRows(work.before, state);
  const shown = state.profile !== work.before.profile || state.log.alarms !== work.before.log.alarms;
  const effects = [...rows, ...work.effects, ...(shown ? [{ type: "changed" } as const] : [])];
  return { state, effects, folds: work.folds };
}

const ask = (work: Work, key: string, request: Extract<Effect, { type: "ask" }>["request"]): void => {
  work.effects.push({ type: "ask", key, request });
};
const live = (state: AccountState, change: Partial<AccountLive>): AccountState => ({
  ...state,
  live: { ...state.live, ...change },
});
const alarmed = (state: AccountState, type: AccountAlarmType): boolean => state.log.alarms.some((alarm) => alarm.type === type);

function pump(powers: Powers, work: Work, reached: AccountState): AccountState {
  let state = { ...reached, stock: sweep(powers.engine, reached.stock, work.now) };
  if (state.stock === reached.stock) state = reached;
  const wake = nextSweep(state.stock);
  if (wake !== null && state.stock !== work.before.stock) work.effects.push({ type: "wakeAt", time: wake });
  if (!state.live.online) return state;
  if (work.now < state.live.notBefore) {
    work.effects.push({ type: "wakeAt", time: state.live.notBefore });
    return state;
  }

  // Reading comes first: what we write names what came before it.
  if (!state.live.current && !state.live.fetching) {
    ask(work, ROWS, { type: "fetchRows", log: state.self.account, after: state.log.position, maxBytes: PAGE_BYTES });
    state = live(state, { fetching: true });
  }
  // A server that lost what it had acknowledged gets nothing more to lose.
  if (state.live.current && state.live.asked === null && state.outbox.length > 0 && !alarmed(state, "rolledBack")) {
    state = sealFirst(powers.random, state);
    const [first] = state.outbox;
    if (first?.sealed) {
      ask(work, APPEND, {
        type: "append",
        log: state.self.account,
        generation: 0,
        turn: 0,
        kind: "account",
        sequence: first.sequence,
        body: first.sealed.body,
        welcome: null,
        groupInfo: null,
      });
      state = live(state, { asked: first.sequence });
    }
  }
  if (!state.live.publishing) {
    const stock = refill(powers.engine, state.stock, work.now);
    if (stock.unpublished) {
      ask(work, PACKAGES, { type: "publishKeyPackages", ...stock.unpublished });
      state = live({ ...state, stock }, { publishing: true });
    }
  }
  return state;
}

function linkChanged(state: AccountState, online: boolean): AccountState {
  const { recoveryKey, wordsAsked, leaving } = state.live;
  return { ...state, live: { ...calmAccount, recoveryKey, wordsAsked, leaving, online } };
}

// —— Replies and pushes ————————————————————————————————————————————————————————————————————————————————

function replied(powers: Powers, work: Work, key: string, reply: Reply): AccountState {
  const state = work.before;
  switch (key) {
    case ROWS:
      return rowsCame(powers, work, live(state, { fetching: false }), reply);
    case APPEND:
      return appended(powers, work, live(state, { asked: null }), reply);
    case PACKAGES: {
      const done = live(state, { publishing: false });
      if (reply.type === "done") return { ...done, stock: published(done.stock) };
      if (reply.type === "refused" && reply.reason === "full") return { ...done, stock: overfull(done.stock) };
      return later(work, done, reply);
    }
    case SIGN_OUT:
      return reply.type === "done" || reply.type === "refused" ? left(work, state) : signOutOffline(work, state);
    default:
      return state;
  }
}

function unanswered(work: Work, key: string): AccountState {
  const state = work.before;
  switch (key) {
    case ROWS:
    case APPEND:
    case PACKAGES:
      // The connection is gone, and word of that follows: nothing is asked again before it is back.
      return linkChanged(state, false);
    case SIGN_OUT:
      return signOutOffline(work, state);
    default:
      return state;
  }
}

/** The server wants us to wait, or could not do it: later again, with the same bytes. */
function later(work: Work, state: AccountState, reply: Reply): AccountState {
  return live(state, { notBefore: retryAfter(work.now, reply.type === "slowDown" ? reply.retryAfterMs : RETRY) });
}

function rowsCame(powers: Powers, work: Work, state: AccountState, reply: Reply): AccountState {
  if (reply.type !== "rows") return later(work, state, reply);
  if (reply.head < state.log.position) {
    powers.log.warn("accountLogRolledBack");
    return later(work, alarmed(state, "rolledBack") ? state : raise(state, "rolledBack", work.now), reply);
  }
  let read = calm(state, "rolledBack");
  for (const row of reply.rows) {
    if (row.position <= read.log.position) continue;
    if (row.position !== read.log.position + 1) return later(work, raise(read, "gap", work.now), reply);
    read = take(work, read, row);
  }
  if (read.log.position >= reply.head) return live(calm(read, "gap"), { current: true });
  // Nothing new although there is more: asked again at once it would only say the same.
  return read.log.position === state.log.position ? later(work, raise(read, "gap", work.now), reply) : read;
}

type Row = Parameters<typeof takeRow>[1];
function take(work: Work, state: AccountState, row: Row): AccountState {
  const taken = takeRow(state, row, work.now);
  work.folds.push(...taken.folds);
  const profile = taken.folds.reduce(foldProfile, taken.state.profile);
  return { ...taken.state, profile };
}

function appended(powers: Powers, work: Work, state: AccountState, reply: Reply): AccountState {
  const [first] = state.outbox;
  switch (reply.type) {
    case "appended": {
      if (!first?.sealed) return state;
      if (reply.position === state.log.position + 1) {
        const { sequence } = first;
        const { device } = state.self;
        const row: Row = {
          position: reply.position,
          turn: 0,
          time: reply.time,
          kind: "account",
          device,
          sequence,
          body: first.sealed.body,
        };
        return take(work, state, row);
      }
      // Stored beyond rows that we have not read, or below what we have: reading tells.
      if (reply.position <= state.log.position) return later(work, raise(state, "ownCopy", work.now), reply);
      return live(state, { current: false });
    }
    case "outOfSequence": {
      if (!first) return state;
      if (!isSequence(reply.last)) return later(work, raise(state, "notAuthentic", work.now), reply);
      if (reply.last < first.sequence - 1) {
        powers.log.warn("accountLogRolledBack");
        return later(work, live(raise(state, "rolledBack", work.now), { current: false }), reply);
      }
      // Our numbers are taken by rows that are not ours. They have been read and alarmed, or will be.
      if (reply.last >= first.sequence) return live(renumber(raise(state, "ownCopy", work.now), reply.last), { current: false });
      return later(work, state, reply);
    }
    default:
      return later(work, live(state, { current: false }), reply);
  }
}

function pushed(_powers: Powers, work: Work, push: Push): AccountState {
  const state = work.before;
  // A newer connection of this very device took the session over: that is the link's affair, and no end of it.
  if (push.type === "sessionEnded" && push.why === "replaced") return state;
  if (push.type === "sessionEnded") {
    work.effects.push({ type: "leave", why: push.why === "disabled" ? "disabled" : "sessionEnded" });
    return state;
  }
  if (push.type !== "rowPush" || !bytesEqual(push.log, state.self.account)) return state;
  const { row } = push;
  if (row.position <= state.log.position) return state;
  // Before the log was read to its end, and after a gap, only reading in order tells what comes next.
  if (!state.live.current || row.position !== state.log.position + 1) return live(state, { current: false });
  return take(work, state, row);
}

// —— Wishes ————————————————————————————————————————————————————————————————————————————————————————————

/** How many of the twelve words a confirmation wants. */
const WORDS_ASKED = 3;

function wished(powers: Powers, work: Work, intent: string, wish: AccountWish): AccountState {
  const state = work.before;
  const answer = <W extends AccountWish["type"]>(_wish: W, result: AccountAnswers[W]): void => {
    work.effects.push({ type: "answer", intent, result });
  };
  switch (wish.type) {
    case "setDisplayName": {
      const displayName = cleanName(wish.displayName);
      if (displayName === "") answer(wish.type, { ok: false, error: { type: "empty" } });
      else if (characters(displayName) > MAX_DISPLAY_NAME) {
        answer(wish.type, { ok: false, error: { type: "tooLong", limit: MAX_DISPLAY_NAME } });
      } else {
        answer(wish.type, { ok: true, value: null });
        return write(work, state, [{ type: "profileEntry", displayName }]);
      }
      return state;
    }
    case "showRecoveryKey": {
      const key = wish.key ?? state.live.recoveryKey;
      if (!key) {
        answer(wish.type, { ok: false, error: { type: "passwordNeeded" } });
        return state;
      }
      const wordsAsked = choose(powers, WORDS_ASKED);
      answer(wish.type, { ok: true, value: { words: recoveryKeyToWords(key), ask: wordsAsked } });
      return live(state, { recoveryKey: key, wordsAsked });
    }
    case "confirmRecoveryKey": {
      const wrong = wrongWords(state, wish.words);
      if (wrong.length > 0) {
        answer(wish.type, { ok: false, error: { type: "wrong", positions: wrong } });
        return state;
      }
      answer(wish.type, { ok: true, value: null });
      return forgetWords(write(work, state, [{ type: "recoveryEntry", state: "confirmed", at: work.now }]));
    }
    case "postponeRecoveryKey":
      answer(wish.type, null);
      return write(work, state, [{ type: "recoveryEntry", state: "postponed", at: work.now }]);
    case "changeSettings":
      answer(wish.type, null);
      return write(work, state, settingEntries(state.profile, wish.settings));
    case "signOut":
      if (!state.live.online) return signOutOffline(work, live(state, { leaving: intent }));
      ask(work, SIGN_OUT, { type: "signOut" });
      return live(state, { leaving: intent });
  }
}

/** Folds entries as our own and puts them into the outbox. */
function write(work: Work, state: AccountState, entries: readonly AccountEntry[]): AccountState {
  const folds = entries.map((entry): Fold => ({ entry, position: null, time: work.now, own: true }));
  return enqueue({ ...state, profile: folds.reduce(foldProfile, state.profile) }, entries);
}

/** `count` different positions of twelve, ascending. */
function choose(powers: Powers, count: number): readonly number[] {
  const left = Array.from({ length: 12 }, (_, i) => i);
  const chosen: number[] = [];
  while (chosen.length < count) {
    // Bytes that would favour the first positions are drawn again.
    const [byte = 0] = powers.random.bytes(1);
    if (byte >= 256 - (256 % left.length)) continue;
    chosen.push(...left.splice(byte % left.length, 1));
  }
  return chosen.toSorted((a, b) => a - b);
}

function wrongWords(
  state: AccountState,
  given: readonly { readonly position: number; readonly word: string }[],
): readonly number[] {
  const { recoveryKey, wordsAsked } = state.live;
  const words = recoveryKey ? recoveryKeyToWords(recoveryKey) : [];
  return (wordsAsked.length > 0 ? wordsAsked : [0]).filter((position) => {
    const word = given.find((each) => each.position === position)?.word ?? "";
    return words[position] === undefined || word.normalize("NFKD").trim().toLowerCase() !== words[position];
  });
}

/** Confirmed words need not stay in memory. */
const forgetWords = (state: AccountState): AccountState => live(state, { recoveryKey: null, wordsAsked: [] });

function left(work: Work, state: AccountState): AccountState {
  if (state.live.leaving !== null)
    work.effects.push({ type: "answer", intent: state.live.leaving, result: { ok: true, value: null } });
  work.effects.push({ type: "leave", why: "signedOut" });
  return live(state, { leaving: null });
}

/** Without the server its share cannot be destroyed, and "signed out" would not be true. */
function signOutOffline(work: Work, state: AccountState): AccountState {
  if (state.live.leaving !== null) {
    work.effects.push({ type: "answer", intent: state.live.leaving, result: { ok: false, error: { type: "offline" } } });
  }
  return live(state, { leaving: null });
}
