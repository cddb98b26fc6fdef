/**
 * The leading worker's inside: who is signed in here, and the procedures by which that changes. It owns the connection,
 * the vault and the core's driver, and tells every tab what to show. [V40–V49]
 */
import { err, ok, type Clock, type Instant, type Log, type Random, type Result } from "@megachat/base";
import {
  account as accounts,
  contact as contacts,
  deviceOf,
  holdRecoveryKey,
  restoreCore,
  stepCore,
  type CoreState,
  type CoreWish,
  type FromTab,
} from "@megachat/core";
import { restoreEngine, createEngine, type Engine, type Mls } from "@megachat/group";
import { suggestPassword } from "@megachat/crypto";
import {
  emptySnapshot,
  refOf,
  type ConversationRef,
  type Intent,
  type Session,
  type SignedIn,
  type SignedOutBecause,
  type Snapshot,
  type WorkStage,
} from "@megachat/view";
import {
  ENGINE_SPACE,
  startDriver,
  type Driver,
  type DriverFailure,
  type Life,
  type OutEffect,
  type Shown,
} from "../driver/driver.ts";
import { exclusively } from "../driver/exclusively.ts";
import type { Timer } from "../driver/timer.ts";
import { openConnection, type Dial } from "../link/connection.ts";
import { isUp, type LinkEvent } from "../link/link.ts";
import type { Strength } from "../password/strength.ts";
import { bytesOfRef, hexOfRef, presentAnswer, presentNotice, presentSnapshot, wishOf } from "../present/index.ts";
import { readFromTab } from "../rpc/media.ts";
import type { CoreMessage, TabMessage } from "../rpc/messages.ts";
import type { Host } from "../rpc/relay.ts";
import type { StoreFault } from "../store/sql.ts";
import type { Place } from "../store/store.ts";
import type { Vault } from "../vault/vault.ts";
import { recoveryError, signInError, signUpError } from "./errors.ts";
import { linkView } from "./link-view.ts";
import { createServerPort } from "./server-port.ts";
import { createTabs } from "./tabs.ts";
import { isOf, loadPage, placeOf, refresh, unknownConversation } from "./windows.ts";

export interface HomePorts {
  readonly vault: Vault;
  readonly dial: Dial;
  /** Name and version of this client, ≤ 32 bytes. */
  readonly client: string;
  /** The password's half of OPAQUE, as long as one procedure lasts. */
  readonly opaque: () => Promise<accounts.OpaquePort & Disposable>;
  readonly mls: () => Promise<Mls>;
  readonly strength: () => Promise<Strength>;
  /** How long the host means to keep what is stored. */
  readonly storage: () => Promise<SignedIn["storage"]>;
  readonly clock: Clock;
  /** Never goes back. */
  readonly steady: () => Instant;
  readonly timer: Timer;
  readonly pause: () => Promise<void>;
  readonly random: Random;
  readonly log: Log;
}

type Header = accounts.VaultHeader;
type RecoveryKey = Parameters<typeof holdRecoveryKey>[1];
type At =
  | { readonly at: "starting" }
  | { readonly at: "signedOut"; readonly lastHandle: string | null; readonly because: SignedOutBecause | null }
  | { readonly at: "opening" | "locked"; readonly header: Header }
  | { readonly at: "working"; readonly work: "signUp" | "signIn"; readonly stage: WorkStage }
  | Inside
  | { readonly at: "broken"; readonly reason: Extract<Session, { readonly at: "broken" }>["reason"] };
interface Inside {
  readonly at: "signedIn";
  readonly header: Header;
  readonly driver: Driver<CoreState, CoreWish>;
  readonly storage: SignedIn["storage"];
}
type IntentOf<N extends Intent["type"]> = Extract<Intent, { readonly type: N }>;

export interface Home extends Host {
  /** A network has come or gone. */
  readonly network: (up: boolean) => void;
  /** Ends everything that runs. */
  readonly stop: () => Promise<void>;
}

/** Whether the engine doubts a conversation's epoch. */
const doubts =
  (engine: Engine) =>
  (conversation: Uint8Array): boolean =>
    engine.state(conversation)?.doubt !== undefined;

/** Intents held while it is not yet known who is signed in. */
const MAX_HELD = 256;

export function startHome(ports: HomePorts, send: (tab: string, message: CoreMessage) => void): Home {
  const { vault, log } = ports;
  const tabs = createTabs(send);
  const job = exclusively();
  const asked = new Map<string, { readonly tab: string; readonly intent: Intent }>();
  let held: { readonly tab: string; readonly id: string; readonly intent: Intent }[] = [];
  let at: At = { at: "starting" };
  let engine: Engine | undefined;
  /** What `resume` presents. */
  let current: Header | undefined;
  let forget = false;
  let stopped = false;

  const connection = openConnection(
    {
      dial: ports.dial,
      now: ports.steady,
      timer: ports.timer,
      random: ports.random,
      log,
      client: ports.client,
      session: () => (current?.session ? { session: current.session.id, token: current.session.token } : undefined),
    },
    (event) => hear(event),
    () => bringAll(),
  );
  const server = createServerPort(() => connection);

  // —— What tabs are shown ———————————————————————————————————————————————————————————————————————————————

  const session = (tab: string): Snapshot => {
    switch (at.at) {
      case "signedIn": {
        if (!engine) throw new Error("signed in without an engine");
        const { session: self, ...parts } = presentSnapshot(at.driver.state(), {
          now: ports.clock.now(),
          tab,
          inDoubt: doubts(engine),
        });
        return { ...parts, listsReady: true, session: { at: "signedIn", ...self, link: view(), storage: at.storage } };
      }
      case "signedOut":
        return only({ at: "signedOut", lastHandle: at.lastHandle, because: at.because, signUp: signUpRule() });
      case "locked":
        return only({ at: "locked", handle: at.header.handle, link: view() });
      case "opening":
        return only({ at: "opening", handle: at.header.handle, link: view() });
      case "starting":
      case "working":
      case "broken":
        return only(at);
    }
  };
  const only = (each: Session): Snapshot => ({ ...emptySnapshot, session: each });
  const signUpRule = () => {
    const rule = server.lastGreeting()?.signUp ?? null;
    return rule === "invitation" ? "byInvitation" : rule;
  };
  // Looked at once per change of the link: its times must not differ from push to push.
  let shownLink = linkView(connection.link(), ports.steady(), ports.clock);
  const view = () => shownLink;
  const bringAll = (): void => {
    shownLink = linkView(connection.link(), ports.steady(), ports.clock);
    for (const tab of tabs.names()) tabs.bring(tab, session(tab));
  };

  /** Everything that was shown before is of another account, or of none. */
  const become = (next: At): void => {
    if ((at.at === "signedIn") !== (next.at === "signedIn")) tabs.forget();
    at = next;
    bringAll();
    if (at.at === "signedIn") for (const { tab, id, intent } of held.splice(0)) void take(tab, id, intent);
    else if (at.at !== "opening" && at.at !== "starting" && at.at !== "working")
      for (const { tab, id, intent } of held.splice(0)) refuse(tab, id, intent);
  };
  const show = ({ state, conversations, lines }: Shown<CoreState>): void => {
    bringAll();
    for (const hex of conversations) {
      const conversation = state.conversations.get(hex);
      if (!conversation) continue;
      const ref = refOf<ConversationRef>(conversation.id);
      const written = lines.filter((line) => isOf(line, hex));
      for (const [tab, window] of tabs.windows(ref)) {
        for (const push of refresh(window, ref, state.account.self.account, conversation, written)) tabs.push(tab, push);
      }
    }
  };

  // —— The connection ————————————————————————————————————————————————————————————————————————————————————

  const hear = (event: LinkEvent): void => {
    if (server.hear(event)) return event.type === "greeted" ? bringAll() : undefined;
    const driver = at.at === "signedIn" ? at.driver : undefined;
    switch (event.type) {
      case "resumed":
        if (!driver) void job(async () => opened(event.resumed));
        return;
      case "sessionRefused":
        return void job(async () => refused(event.reason));
      case "online":
        return event.signedIn ? driver?.give({ type: "link", online: true }) : undefined;
      case "offline":
        return driver?.give({ type: "link", online: false });
      case "reply":
        return driver?.give({ type: "reply", key: event.key, reply: event.reply });
      case "unanswered":
        return driver?.give({ type: "unanswered", key: event.key });
      case "push":
        return driver?.give({ type: "push", push: event.push });
      case "outdated":
        return void job(async () => broken({ type: "versionChanged" }));
      case "violation":
      case "greeted":
      case "down":
        return;
    }
  };

  // —— Coming in —————————————————————————————————————————————————————————————————————————————————————————

  const start = async (): Promise<void> => {
    // Loading takes as long as dialing: both at once.
    const headers = await vault.headers();
    const standing = headers.find((header) => header.session !== null && header.byShare !== null);
    const last = headers.find((header) => header.knownSecret !== null);
    current = standing;
    become(standing ? { at: "opening", header: standing } : { at: "signedOut", lastHandle: last?.handle ?? null, because: null });
    if (standing) void ports.mls();
    connection.give({ type: "session", has: standing !== undefined });
    connection.give({ type: "start" });
  };

  const accountPorts = async (onStage: (stage: WorkStage) => void): Promise<accounts.AccountPorts & Disposable> => {
    onStage("loading");
    const [mls, opaque, strength] = await Promise.all([ports.mls(), ports.opaque(), ports.strength()]);
    return {
      server,
      opaque,
      vault,
      isStrong: async (password, handle) => strength(password, handle).accepted,
      engine: (device) => createEngine(mls, device),
      random: ports.random,
      clock: ports.clock,
      pause: ports.pause,
      log,
      onStage,
      [Symbol.dispose]: () => opaque[Symbol.dispose](),
    };
  };

  /** The server knows the session: its share opens the database. */
  const opened = async (resumed: Extract<LinkEvent, { readonly type: "resumed" }>["resumed"]): Promise<void> => {
    if (at.at !== "opening") return;
    const { header } = at;
    const result = await accounts.resumed({ vault, onStage: () => {} }, header, resumed);
    if (result.ok) return enter(header, undefined);
    if (result.error.type === "damaged") return leaveTo({ type: "damaged" }, header);
    become({ at: "locked", header });
  };

  const refused = async (reason: Extract<LinkEvent, { readonly type: "sessionRefused" }>["reason"]): Promise<void> => {
    const because: SignedOutBecause = { type: reason === "accountDisabled" ? "disabled" : "fromElsewhere" };
    if (at.at === "opening" || at.at === "signedIn") await left(at.header, because);
  };

  const revive = async (): Promise<Result<Life<CoreState>, StoreFault>> => {
    const store = vault.store();
    if (!store) return err({ type: "io" });
    const rows = await store.allRows([ENGINE_SPACE]);
    if (!rows.ok) return rows;
    const engineRows = await store.rows(ENGINE_SPACE);
    if (!engineRows.ok) return engineRows;
    const state = restoreCore(rows.value, ports.random);
    if (!state) return err({ type: "corrupt" });
    engine = restoreEngine(await ports.mls(), deviceOf(state), engineRows.value);
    return ok({ engine, state });
  };

  /** The database is open: the core comes to life. */
  const enter = async (header: Header, recoveryKey: RecoveryKey | undefined): Promise<void> => {
    const store = vault.store();
    if (!store) throw new Error("entered without a database");
    let first = recoveryKey ?? undefined;
    const driver = await startDriver<CoreState, CoreWish>({
      mind: { step: stepCore },
      store,
      revive: async () => {
        const life = await revive();
        if (!life.ok || !first) return life;
        const state = holdRecoveryKey(life.value.state, first);
        first = undefined;
        return ok({ ...life.value, state });
      },
      clock: ports.clock,
      timer: ports.timer,
      pause: ports.pause,
      random: ports.random,
      log,
      ask: (key, request) => connection.give({ type: "ask", key, request }),
      show,
      out,
      reset: () => connection.give({ type: "reset" }),
      lost,
      failed: (why) => void job(async () => died(why)),
    });
    if (!driver.ok) {
      log.error("coreNotStarted", { fault: driver.error.type });
      return leaveTo({ type: "damaged" }, header);
    }
    current = header;
    become({ at: "signedIn", header, driver: driver.value, storage: await ports.storage() });
    const { at: link } = connection.link();
    if (!isUp(link) || link.step !== "open") return;
    // A break in the middle of signing in has left the connection without the session.
    if (link.signedIn) driver.value.give({ type: "link", online: true });
    else {
      connection.give({ type: "session", has: true });
      connection.give({ type: "reset" });
    }
  };

  const signUp = async (ask: IntentOf<"signUp">["ask"]): Promise<unknown> => {
    const before = at;
    using own = await accountPorts((stage) => become({ at: "working", work: "signUp", stage }));
    const result = await accounts.signUp(own, ask);
    if (result.ok) {
      await enter(result.value.header, result.value.recoveryKey ?? undefined);
      return ok(null);
    }
    log.warn("signUpFailed", { why: result.error.type });
    await vault.close();
    become(before);
    return err(signUpError(result.error, ports.clock.now()));
  };

  const signIn = async (ask: IntentOf<"signIn">["ask"]): Promise<unknown> => {
    const before = at;
    using own = await accountPorts((stage) => become({ at: "working", work: "signIn", stage }));
    const result = await accounts.signIn(own, ask);
    if (result.ok) {
      await enter(result.value.header, undefined);
      return ok(null);
    }
    log.warn("signInFailed", { why: result.error.type });
    await vault.close();
    become(before);
    return err(signInError(result.error, ports.clock.now()));
  };

  const showRecoveryKey = async (inside: Inside, tab: string, id: string, password: string): Promise<void> => {
    using own = await accountPorts(() => {});
    const key = await accounts.revealRecoveryKey(own, inside.header, password);
    if (key.ok) inside.driver.give({ type: "intent", intent: id, from: tab, wish: { type: "showRecoveryKey", key: key.value } });
    else answer(id, err(recoveryError(key.error, ports.clock.now())));
  };

  // —— Going out —————————————————————————————————————————————————————————————————————————————————————————

  /** Keys leave the memory; what stays on the disk opens with the password only. */
  const left = async (header: Header, because: SignedOutBecause): Promise<void> => {
    const signedOut = accounts.headerSignedOut(header);
    if (at.at === "signedIn") await at.driver.stop();
    engine = undefined;
    await vault.close();
    if (forget) await vault.erase(header.account);
    else await vault.putHeader(signedOut);
    leaveTo(because, forget ? null : header);
    forget = false;
  };
  const leaveTo = (because: SignedOutBecause, header: Header | null): void => {
    current = undefined;
    connection.give({ type: "session", has: false });
    become({ at: "signedOut", lastHandle: header?.handle ?? null, because });
  };

  const died = async (why: DriverFailure): Promise<void> => {
    if (at.at !== "signedIn") return;
    const { header } = at;
    await vault.close();
    engine = undefined;
    if (why.type === "disk" && why.fault.type === "corrupt") return leaveTo({ type: "damaged" }, header);
    if (why.type === "disk") return broken({ type: why.fault.type === "full" ? "storageFull" : "storageRefused" });
    return broken({ type: "workerCrashed" });
  };
  const broken = (reason: Extract<Session, { readonly at: "broken" }>["reason"]): void => {
    log.error("broken", { reason: reason.type });
    if (at.at === "signedIn") void at.driver.stop().then(vault.close);
    connection.give({ type: "stop" });
    become({ at: "broken", reason });
  };

  // —— What the core says ————————————————————————————————————————————————————————————————————————————————

  const answer = (id: string, result: unknown): void => {
    const question = asked.get(id);
    asked.delete(id);
    if (question) send(question.tab, { type: "answer", id, answer: presentAnswer(question.intent.type, result) });
  };
  const out = (effect: OutEffect): void => {
    switch (effect.type) {
      case "answer":
        return answer(effect.intent, effect.result);
      case "notice":
        return tabs.pushAll({ type: "notice", notice: presentNotice(effect.notice) });
      case "media":
        return toMedia(effect.command);
      case "leave":
        return void job(async () => {
          if (at.at === "signedIn")
            await left(at.header, {
              type: effect.why === "signedOut" ? "asked" : effect.why === "disabled" ? "disabled" : "fromElsewhere",
            });
        });
    }
  };
  /** To the tab that has the call. */
  const toMedia = (command: unknown): void => {
    const page = typeof command === "object" && command !== null && "page" in command ? command.page : undefined;
    if (typeof page === "string") send(page, { type: "media", command });
  };
  const lost = (intents: readonly string[], fault: StoreFault): void => {
    for (const id of intents) {
      const type = asked.get(id)?.intent.type;
      if (fault.type === "full" && (type === "send" || type === "retry")) answer(id, err({ type: "storageFull" }));
    }
    if (fault.type === "full") tabs.pushAll({ type: "notice", notice: { type: "storageLow" } });
  };

  // —— What tabs want ————————————————————————————————————————————————————————————————————————————————————

  const take = async (tab: string, id: string, intent: Intent): Promise<void> => {
    asked.set(id, { tab, intent });
    switch (intent.type) {
      case "checkPassword":
        return answer(id, (await ports.strength())(intent.ask.password, intent.ask.handle.toLowerCase()));
      case "suggestPassword":
        return answer(id, { words: suggestPassword(ports.random).split(" ") });
      case "signUp":
      case "signIn":
        return answer(
          id,
          await job(async () =>
            canEnter() ? (intent.type === "signUp" ? signUp(intent.ask) : signIn(intent.ask)) : cannotEnter(),
          ),
        );
      case "openInvitation":
        if (at.at === "signedIn") break;
        return answer(id, await contacts.seeInvitation({ server, clock: ports.clock }, intent.ask));
      case "signOut":
        if (at.at === "signedIn") {
          ({ forget } = intent.ask);
          break;
        }
        return answer(id, await job(async () => signOutOutside(intent.ask.forget)));
      default:
        break;
    }
    if (at.at === "signedIn") return takeInside(at, tab, id, intent);
    asked.delete(id);
    if (at.at === "starting" || at.at === "opening" || at.at === "working") {
      if (held.length < MAX_HELD) held = [...held, { tab, id, intent }];
      return;
    }
    refuse(tab, id, intent);
  };

  const canEnter = (): boolean => at.at === "signedOut" || at.at === "locked";
  const cannotEnter = () =>
    err(at.at === "signedIn" || at.at === "working" ? { type: "alreadySignedIn" as const } : { type: "offline" as const });
  const signOutOutside = async (forgetting: boolean): Promise<unknown> => {
    if (!forgetting) return ok(null);
    for (const header of await vault.headers()) await vault.erase(header.account);
    leaveTo({ type: "asked" }, null);
    return ok(null);
  };

  const takeInside = async (inside: Inside, tab: string, id: string, intent: Intent): Promise<void> => {
    const { driver } = inside;
    if (intent.type === "loadMessages") return answer(id, await load(inside, tab, intent.ask));
    if (intent.type === "showRecoveryKey" && intent.ask.password !== null)
      return showRecoveryKey(inside, tab, id, intent.ask.password);
    if (intent.type === "showConversation") tabs.show(tab, intent.ask.conversation);
    if (intent.type === "hideConversation") tabs.hide(tab, intent.ask.conversation);
    const wished = wishOf(intent, (await placeNamedBy(tab, intent))?.position ?? null);
    if (wished.type === "answer") answer(id, wished.result);
    else if (wished.type === "wish") driver.give({ type: "intent", intent: id, from: tab, wish: wished.wish });
  };

  /** Where the line stands that an intent names. What the tab shows, it was given by us. */
  const placeNamedBy = async (tab: string, intent: Intent): Promise<Place | null> => {
    if (intent.type !== "markRead") return null;
    const { conversation, upTo } = intent.ask;
    const shown = tabs.window(tab, conversation)?.lines.get(upTo);
    const store = vault.store();
    const id = bytesOfRef(conversation);
    if (shown || !store || !id) return shown ?? null;
    const found = await placeOf(store, id, upTo);
    return found.ok ? found.value : null;
  };

  const load = async ({ driver }: Inside, tab: string, ask: IntentOf<"loadMessages">["ask"]): Promise<unknown> => {
    const store = vault.store();
    const hex = hexOfRef(ask.conversation);
    const conversation = hex === null ? undefined : driver.state().conversations.get(hex);
    if (!store || !conversation) return unknownConversation;
    const page = await loadPage(store, driver.state().account.self.account, conversation, ask, tabs.window(tab, ask.conversation));
    if (page.ok) return page.value;
    void job(async () => died({ type: "disk", fault: page.error }));
    return unknownConversation;
  };

  /** Nobody is signed in, so there is nothing to do it to. */
  const refuse = (tab: string, id: string, intent: Intent): void => {
    send(tab, { type: "answer", id, answer: answersNull.has(intent.type) ? null : err({ type: "offline" }) });
  };

  void job(start);
  return {
    joined: (tab) => {
      tabs.join(tab);
      tabs.bring(tab, session(tab));
      // A tab that comes again has been reloaded: whatever ran in it is gone.
      tellCore({ type: "gone", page: tab });
    },
    gone: (tab) => {
      tabs.leave(tab);
      tellCore({ type: "gone", page: tab });
    },
    receive: (tab, message: TabMessage) => {
      if (message.type === "media") return tellCore(readFromTab(tab, message.event));
      void take(tab, message.id, message.intent);
    },
    network: (up) => connection.give({ type: "network", up }),
    stop: async () => {
      if (stopped) return;
      stopped = true;
      connection.give({ type: "stop" });
      await job(async () => {
        if (at.at === "signedIn") await at.driver.stop();
        await vault.close();
      });
    },
  };

  function tellCore(event: FromTab | null): void {
    if (event && at.at === "signedIn") at.driver.give({ type: "media", event });
  }
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
