/** The server as procedures ask it, before and beside the core: each request a promise, over the one connection. */
import { err, ok, type Result } from "@megachat/base";
import type { account as accounts } from "@megachat/core";
import type { Reply, Request } from "@megachat/wire";
import type { Connection } from "../link/connection.ts";
import { isUp, type LinkEvent } from "../link/link.ts";

type Greeting = Extract<LinkEvent, { readonly type: "greeted" }>["answer"];
type Unanswered = accounts.Unanswered;
const unanswered = err<Unanswered>({ type: "unanswered" });

export interface AskingPort extends accounts.ServerPort {
  /** Takes what is for this port; false for the core's. */
  readonly hear: (event: LinkEvent) => boolean;
  readonly lastGreeting: () => Greeting | undefined;
}

const PREFIX = "home:";

export function createServerPort(connection: () => Connection): AskingPort {
  const replies = new Map<string, (reply: Result<Reply, Unanswered>) => void>();
  let waiting: ((up: boolean) => void)[] = [];
  let greeting: Greeting | undefined;
  let asked = 0;

  const settle = (up: boolean): void => {
    const all = waiting;
    waiting = [];
    for (const resolve of all) resolve(up);
  };
  /** A person waits: a pause between tries ends now, and one try decides. */
  const whenUp = async (): Promise<boolean> => {
    const { at } = connection().link();
    if (isUp(at) && at.step === "open") return true;
    if (at.step === "stopped" || at.step === "outdated") return false;
    return new Promise((resolve) => {
      waiting.push(resolve);
      if (at.step === "waiting") connection().give({ type: "network", up: true });
    });
  };

  return {
    greeting: async () => ((await whenUp()) && greeting ? ok(greeting) : unanswered),
    ask: async (request: Request) => {
      if (!(await whenUp())) return unanswered;
      const key = `${PREFIX}${asked++}`;
      return new Promise((resolve) => {
        replies.set(key, resolve);
        connection().give({ type: "ask", key, request });
      });
    },
    lastGreeting: () => greeting,
    hear: (event) => {
      switch (event.type) {
        case "greeted":
          greeting = event.answer;
          return true;
        case "online":
          settle(true);
          return false;
        case "down":
          settle(false);
          return true;
        case "reply":
        case "unanswered": {
          const resolve = replies.get(event.key);
          replies.delete(event.key);
          resolve?.(event.type === "reply" ? ok(event.reply) : unanswered);
          return event.key.startsWith(PREFIX);
        }
        default:
          return false;
      }
    },
  };
}
