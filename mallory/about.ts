/** What a frame speaks of, for whoever looks for a value that was true elsewhere. */
import { toHex } from "@megachat/base";
import type { Push, Reply, Request } from "@megachat/wire";
import type { Sent } from "./operations.ts";

export type About = Pick<Sent, "about" | "isLog" | "turn">;

export function ofPush(push: Push): About {
  switch (push.type) {
    case "rowPush":
      return { about: toHex(push.log), isLog: true, turn: push.row.turn };
    case "transientPush":
      return { about: toHex(push.log), isLog: true, turn: null };
    case "inboxPush":
      return { about: toHex(push.item.from), isLog: false, turn: null };
    case "sessionEnded":
    case "goingAway":
      return { about: "", isLog: false, turn: null };
  }
}

export function ofReply(request: Request, reply: Reply): About {
  if ("log" in request && request.log) return { about: toHex(request.log), isLog: true, turn: turnOf(request, reply) };
  if ("account" in request) return { about: toHex(request.account), isLog: false, turn: null };
  if ("handle" in request) return { about: request.handle, isLog: false, turn: null };
  if ("identityHash" in request) return { about: toHex(request.identityHash), isLog: false, turn: null };
  return { about: "", isLog: false, turn: null };
}

const turnOf = (request: Request, reply: Reply): number | null =>
  "turn" in reply ? reply.turn : "turn" in request ? request.turn : null;
