/** The real server with Mallory in front of it, and people who come to it in real browsers. */
import type { Browser } from "@playwright/test";
import { launch, newContext, type BrowserKind } from "../../e2e/support/browsers.ts";
import { PASSWORD, personAt, type Person } from "../../e2e/support/person.ts";
import { startServer } from "../../apps/server/src/testing/start-server.ts";
import type { Request } from "@megachat/wire";
import type { Bent, Sent } from "../operations.ts";
import { openPort, type ProxyPort } from "./proxy.ts";

/** What Mallory does to frames that go to the victim, as long as it stands. */
export type Attack = (sent: Sent, answers: Request | null, history: readonly Sent[]) => Bent | undefined;

export interface World {
  /** The one who is attacked. */
  readonly victim: () => Promise<Person>;
  /** Somebody whom the server is honest to. */
  readonly friend: () => Promise<Person>;
  readonly attack: (attack: Attack | null) => void;
  /** Every frame that the server has sent, as it was. */
  readonly history: readonly Sent[];
  /** Whether a page goes on after it was sent what is no frame. */
  readonly doorsOpen: () => number;
  /** Says to the victim's open pages what the server has not said. */
  readonly say: (bytes: Uint8Array) => void;
  /** How often a password has been seen on its way. */
  readonly leaks: () => number;
  readonly stop: () => Promise<void>;
}

/** Patience of a person at a screen, in milliseconds. */
const PATIENCE = 10_000;

export async function openWorld(kind: BrowserKind, webDir: string, seed: string): Promise<World> {
  const history: Sent[] = [];
  const secret = Buffer.from(PASSWORD);
  let doors: (() => boolean)[] = [];
  let leaks = 0;
  let attack: Attack | null = null;
  let serverPort = 0;
  const heard = (bytes: Uint8Array): void => {
    if (Buffer.from(bytes).includes(secret)) leaks++;
  };
  const spoilt = (isOpen: () => boolean): void => void doors.push(isOpen);
  const keep = (sent: Sent): undefined => void history.push(sent);
  const victims = await openPort("victim", () => serverPort, {
    heard,
    spoilt,
    bend: (sent, answers) => {
      const bent = attack?.(sent, answers, history);
      keep(sent);
      return bent;
    },
  });
  const friends = await openPort("friend", () => serverPort, { heard, spoilt, bend: keep });
  const origins = [victims, friends].map(({ port }) => `http://localhost:${port}`);
  const server = await startServer({ webDir, origins });
  serverPort = server.port;
  const browser: Browser = await launch(kind);

  let counted = 0;
  const arrive = async (role: string, port: ProxyPort): Promise<Person> => {
    const context = await newContext(browser);
    context.setDefaultTimeout(PATIENCE);
    const name = `${role}-${seed}-${counted++}`;
    return personAt(name, { kind, context, url: `http://localhost:${port.port}`, line: port });
  };
  return {
    victim: () => arrive("vera", victims),
    friend: () => arrive("frank", friends),
    attack: (next) => {
      attack = next;
      if (next) doors = [];
    },
    history,
    doorsOpen: () => doors.filter((isOpen) => isOpen()).length,
    say: victims.say,
    leaks: () => leaks,
    stop: async () => {
      await browser.close();
      await victims.stop();
      await friends.stop();
      await server.stop();
    },
  };
}
