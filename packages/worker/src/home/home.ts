/**
 * The inside of the leading worker: one connection, one vault, at most one living core, and everything that tabs are
 * told. It only joins parts: procedures are in `entrance.ts`, intents in `desk.ts`, what is shown in `stage.ts`. [V40–V49]
 */
import type { CoreState, FromTab } from "@megachat/core";
import { refOf, type Broken, type ConversationRef, type SignUpRule } from "@megachat/view";
import type { OutEffect, Shown } from "../driver/driver.ts";
import { exclusively } from "../driver/exclusively.ts";
import { openConnection, type Connection } from "../link/connection.ts";
import type { LinkEvent } from "../link/link.ts";
import { presentNotice } from "../present/index.ts";
import { readFromTab } from "../rpc/media.ts";
import type { CoreMessage } from "../rpc/messages.ts";
import type { Host } from "../rpc/relay.ts";
import { createDesk } from "./desk.ts";
import { createEntrance } from "./entrance.ts";
import { linkView } from "./link-view.ts";
import type { HomePorts } from "./ports.ts";
import { createServerPort } from "./server-port.ts";
import { isUndecided, snapshotOf, type Stage } from "./stage.ts";
import { createTabs } from "./tabs.ts";
import { isOf, refresh } from "./windows.ts";

export interface Home extends Host {
  /** A network has come or gone. */
  readonly network: (up: boolean) => void;
  /** Ends everything that runs. */
  readonly stop: () => Promise<void>;
}

export function startHome(ports: HomePorts, send: (tab: string, message: CoreMessage) => void): Home {
  const { log, vault } = ports;
  const tabs = createTabs(send);
  const job = exclusively();
  let stage: Stage = { at: "starting" };

  const connection: Connection = openConnection(
    {
      dial: ports.dial,
      now: ports.steady,
      timer: ports.timer,
      random: ports.random,
      log,
      client: ports.client,
      session: () => {
        const held = entrance.token();
        return held ? { session: held.id, token: held.token } : undefined;
      },
    },
    (event) => hear(event),
    () => {
      // Looked at once per change: its times must not differ from push to push.
      link = linkView(connection.link(), ports.steady(), ports.clock);
      bringAll();
    },
  );
  let link = linkView(connection.link(), ports.steady(), ports.clock);
  const server = createServerPort(() => connection);

  // —— What tabs are shown ———————————————————————————————————————————————————————————————————————————————

  const signUp = (): SignUpRule => {
    const rule = server.lastGreeting()?.signUp ?? null;
    return rule === "invitation" ? "byInvitation" : rule;
  };
  const bring = (tab: string): void => tabs.bring(tab, snapshotOf(stage, { now: ports.clock.now(), link, signUp: signUp(), tab }));
  const bringAll = (): void => {
    for (const tab of tabs.names()) bring(tab);
  };
  const become = (next: Stage): void => {
    // Everything that was shown before is of another account, or of none.
    if ((stage.at === "signedIn") !== (next.at === "signedIn")) tabs.forget();
    stage = next;
    bringAll();
    if (!isUndecided(stage)) desk.takeHeld().forEach(watch);
  };
  const show = ({ state, conversations, lines, anew }: Shown<CoreState>): void => {
    // A whole snapshot, at which tabs say what they have.
    if (anew) {
      tabs.whole();
      bringAll();
    }
    // What somebody is looking at comes first, and the lists around it after.
    for (const hex of conversations) {
      const conversation = state.conversations.get(hex);
      if (!conversation) continue;
      const ref = refOf<ConversationRef>(conversation.id);
      const written = lines.filter((line) => isOf(line, hex));
      for (const [tab, window] of tabs.windows(ref)) {
        for (const push of refresh(window, ref, state.account.self.account, conversation, written)) tabs.push(tab, push);
      }
    }
    if (!anew) bringAll();
  };

  // —— The connection and the core ————————————————————————————————————————————————————————————————————————

  const hear = (event: LinkEvent): void => {
    if (server.hear(event)) return event.type === "greeted" ? bringAll() : undefined;
    const driver = stage.at === "signedIn" ? stage.driver : undefined;
    switch (event.type) {
      case "resumed":
        return driver ? undefined : begin(async () => entrance.resumed(event.resumed));
      case "sessionRefused":
        return begin(async () => entrance.refused(event.reason));
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
        return begin(async () => entrance.breakDown({ type: "versionChanged" }));
      case "violation":
      case "greeted":
      case "down":
        return;
    }
  };
  const out = (effect: OutEffect): void => {
    switch (effect.type) {
      case "answer":
        return desk.answer(effect.intent, effect.result);
      case "notice":
        return tabs.pushAll({ type: "notice", notice: presentNotice(effect.notice) });
      case "media":
        return toMedia(effect.command);
      case "leave": {
        const type = effect.why === "signedOut" ? "asked" : effect.why === "disabled" ? "disabled" : "fromElsewhere";
        return begin(async () => entrance.leave({ type }, { forget: type === "asked" && desk.forgets() }));
      }
    }
  };
  /** To the tab that has the call. */
  const toMedia = (command: unknown): void => {
    const page = typeof command === "object" && command !== null && "page" in command ? command.page : undefined;
    if (typeof page === "string") send(page, { type: "media", command });
  };
  const tellCore = (event: FromTab | null): void => {
    if (event && stage.at === "signedIn") stage.driver.give({ type: "media", event });
  };

  /** A procedure that nobody waits for. */
  const begin = (work: () => Promise<void>): void => watch(job(work));
  /** A fault of ours: nothing can go on, and the screen must not wait for it. [V49] */
  const watch = (work: Promise<void>): void => {
    work.catch(async (fault: unknown) => {
      log.error("homeFault", { name: fault instanceof Error ? fault.name : "unknown" });
      await entrance.breakDown(crashed);
    });
  };

  const entrance = createEntrance({
    ports,
    server,
    connection,
    hooks: {
      ask: (key, request) => connection.give({ type: "ask", key, request }),
      reset: () => connection.give({ type: "reset" }),
      show,
      out,
      lost: (intents, fault) => desk.lost(intents, fault),
      failed: (why) => begin(async () => entrance.died(why)),
    },
    stage: () => stage,
    become,
  });
  const desk = createDesk({ ports, server, entrance, job, stage: () => stage, tabs, send });

  begin(entrance.start);
  return {
    joined: (tab) => {
      tabs.join(tab);
      bring(tab);
    },
    gone: (tab) => {
      tabs.leave(tab);
      tellCore({ type: "gone", page: tab });
    },
    receive: (tab, message) => {
      if (message.type === "media") tellCore(readFromTab(tab, message.event));
      else watch(desk.take(tab, message.id, message.intent));
    },
    network: (up) => connection.give({ type: "network", up }),
    stop: async () => {
      connection.give({ type: "stop" });
      await job(async () => {
        if (stage.at === "signedIn") await stage.driver.stop();
        await vault.close();
      });
    },
  };
}

const crashed: Broken = { type: "workerCrashed" };
