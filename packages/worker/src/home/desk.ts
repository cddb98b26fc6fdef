/** Where intents arrive and answers leave: what the home answers itself, and what it gives to the core. [V33, V43–V46] */
import { err, ok } from "@megachat/base";
import { contact as contacts } from "@megachat/core";
import { suggestPassword } from "@megachat/crypto";
import type { Ask, Intent } from "@megachat/view";
import { bytesOfRef, hexOfRef, presentAnswer, wishOf } from "../present/index.ts";
import type { CoreMessage } from "../rpc/messages.ts";
import type { StoreFault } from "../store/sql.ts";
import type { Place } from "../store/store.ts";
import type { Entrance } from "./entrance.ts";
import type { HomePorts } from "./ports.ts";
import type { AskingPort } from "./server-port.ts";
import { isUndecided, type Inside, type Stage } from "./stage.ts";
import type { Tabs } from "./tabs.ts";
import { loadPage, placeOf, unknownConversation } from "./windows.ts";

export interface DeskPorts {
  readonly ports: HomePorts;
  readonly server: AskingPort;
  readonly entrance: Entrance;
  /** One procedure after the other. */
  readonly job: <T>(work: () => Promise<T>) => Promise<T>;
  readonly stage: () => Stage;
  readonly tabs: Tabs;
  readonly send: (tab: string, message: CoreMessage) => void;
}
export interface Desk {
  readonly take: (tab: string, id: string, intent: Intent) => Promise<void>;
  /** The core's answer to an intent it was given. */
  readonly answer: (id: string, result: unknown) => void;
  /** These intents' step is gone, and why. */
  readonly lost: (ids: readonly string[], fault: StoreFault) => void;
  /** It is known again who is signed in: what was held is taken up. */
  readonly takeHeld: () => readonly Promise<void>[];
  /** Whether the sign-out under way shall also delete. */
  readonly forgets: () => boolean;
}

/** Intents held while it is not yet known who is signed in. */
const MAX_HELD = 256;
/** Dials for what a link means. */
const INVITATION_TRIES = 4;
/** Intents given to the core whose answer is awaited. */
const MAX_ASKED = 4096;

interface Question {
  readonly tab: string;
  readonly id: string;
  readonly intent: Intent;
}

export function createDesk({ ports, server, entrance, job, stage, tabs, send }: DeskPorts): Desk {
  const asked = new Map<string, Question>();
  const held: Question[] = [];
  let forget = false;

  const reply = ({ tab, id }: Question, answer: unknown): void => send(tab, { type: "answer", id, answer });

  const take = async (question: Question): Promise<void> => {
    const { intent } = question;
    switch (intent.type) {
      case "checkPassword": {
        const strength = await ports.strength();
        return reply(question, strength(intent.ask.password, intent.ask.handle.toLowerCase()));
      }
      case "suggestPassword":
        return reply(question, { words: suggestPassword(ports.random).split(" ") });
      case "signUp":
        return reply(question, await job(async () => entrance.signUp(intent.ask)));
      case "signIn":
        return reply(question, await job(async () => entrance.signIn(intent.ask)));
      case "cancelWork":
        entrance.cancel();
        return reply(question, null);
      default: {
        const now = stage();
        if (now.at === "signedIn") return takeInside(now, question);
        if (isUndecided(now) && held.length < MAX_HELD) return void held.push(question);
        return takeOutside(question);
      }
    }
  };

  /** Nobody is signed in. */
  const takeOutside = async (question: Question): Promise<void> => {
    const { intent } = question;
    if (intent.type === "openInvitation") {
      // Asked by a page that has just opened, not by a click: one dial that fails decides nothing.
      const see = async () => contacts.seeInvitation({ server, clock: ports.clock }, intent.ask);
      let seen = await see();
      for (let tries = 1; tries < INVITATION_TRIES && !seen.ok && seen.error.type === "offline"; tries++) seen = await see();
      return reply(question, presentAnswer("openInvitation", seen));
    }
    if (intent.type === "signOut") {
      if (intent.ask.forget) await job(entrance.forgetAll);
      return reply(question, ok(null));
    }
    // There is nothing to do it to.
    reply(question, answersNull.has(intent.type) ? null : err({ type: "offline" }));
  };

  const takeInside = async (inside: Inside, question: Question): Promise<void> => {
    const { tab, id, intent } = question;
    if (intent.type === "loadMessages") return reply(question, await load(inside, tab, intent.ask));
    if (intent.type === "showConversation") tabs.show(tab, intent.ask.conversation);
    if (intent.type === "hideConversation") tabs.hide(tab, intent.ask.conversation);
    if (intent.type === "signOut") ({ forget } = intent.ask);
    if (asked.size >= MAX_ASKED) return reply(question, err({ type: "offline" }));
    asked.set(id, question);
    if (intent.type === "showRecoveryKey" && intent.ask.password !== null) {
      const key = await entrance.reveal(inside, intent.ask.password);
      if (!key.ok) return answer(id, key);
      return inside.driver.give({ type: "intent", intent: id, from: tab, wish: { type: "showRecoveryKey", key: key.value } });
    }
    const wished = wishOf(intent, (await placeNamedBy(tab, intent))?.position ?? null);
    if (wished.type === "wish") inside.driver.give({ type: "intent", intent: id, from: tab, wish: wished.wish });
    else answer(id, wished.type === "answer" ? wished.result : null);
  };

  const answer = (id: string, result: unknown): void => {
    const question = asked.get(id);
    asked.delete(id);
    if (question) reply(question, presentAnswer(question.intent.type, result));
  };

  /** Where the line stands that an intent names. What the tab shows, it was given by us. */
  const placeNamedBy = async (tab: string, intent: Intent): Promise<Place | null> => {
    if (intent.type !== "markRead") return null;
    const { conversation, upTo } = intent.ask;
    const shown = tabs.window(tab, conversation)?.lines.get(upTo);
    const store = ports.vault.store();
    const id = bytesOfRef(conversation);
    if (shown || !store || !id) return shown ?? null;
    const found = await placeOf(store, id, upTo);
    return found.ok ? found.value : null;
  };

  const load = async ({ driver }: Inside, tab: string, ask: Ask<"loadMessages">): Promise<unknown> => {
    const store = ports.vault.store();
    const state = driver.state();
    const hex = hexOfRef(ask.conversation);
    const conversation = hex === null ? undefined : state.conversations.get(hex);
    if (!store || !conversation) return unknownConversation;
    const page = await loadPage(store, state.account.self.account, conversation, ask, tabs.window(tab, ask.conversation));
    if (page.ok) return page.value;
    await job(async () => entrance.died({ type: "disk", fault: page.error }));
    return unknownConversation;
  };

  return {
    take: async (tab, id, intent) => take({ tab, id, intent }),
    answer,
    lost: (ids, fault) => {
      const full = fault.type === "full";
      if (full) tabs.pushAll({ type: "notice", notice: { type: "storageLow" } });
      for (const id of ids) {
        const type = asked.get(id)?.intent.type;
        const sending = type === "send" || type === "retry";
        // What was asked did not happen; trying again is all that helps, as after a lost connection.
        if (full ? sending : type !== undefined) answer(id, err({ type: full ? "storageFull" : "offline" }));
      }
    },
    takeHeld: () => held.splice(0).map(take),
    forgets: () => forget,
  };
}

const answersNull: ReadonlySet<Intent["type"]> = new Set<Intent["type"]>([
  "postponeRecoveryKey",
  "showConversation",
  "hideConversation",
  "markRead",
  "saveDraft",
  "typing",
  "setMutedConversation",
  "dismissAlarm",
  "dismissCall",
  "changeSettings",
]);
