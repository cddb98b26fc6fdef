/**
 * One of two people who write to each other as fast as they may, and do what a client does beside it: note how far they
 * have read, end turns, post GroupInfos. Everything goes into the conversation's {@link Truth}.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { toHex } from "@megachat/base";
import type { TypeOf } from "../apps/server/src/operation.ts";
import {
  befriend,
  comeBack,
  commitBody,
  draft,
  random,
  signUp,
  type DraftOf,
  type Online,
} from "../apps/server/src/testing/people.ts";
import { judge, newTruth, send, takeBack, tell, type Truth } from "./truth.ts";

const UNDER_WAY = 4;
const BODY = 430;

export interface Writer {
  online: Online;
  readonly truth: Truth;
  next: number;
  turn: number;
  /** Not acknowledged yet, in order. */
  open: DraftOf[];
  /** What was under way when the connection broke. */
  readonly struck: Map<TypeOf, number>;
  acknowledged: number;
}

export const isClosed = (fault: unknown): boolean => fault instanceof Error && fault.message.startsWith("closed");

/** Two who have a conversation: head 1, turn 1. */
export async function newPair(url: string, name: string): Promise<readonly [Writer, Writer]> {
  const [founder, asker] = [await signUp(url, `${name}f`), await signUp(url, `${name}a`)];
  const truth = newTruth(await befriend(founder, asker));
  const writer = (online: Online, next: number): Writer => ({
    online,
    truth,
    next,
    turn: 1,
    open: [],
    struck: new Map(),
    acknowledged: 0,
  });
  const pair = [writer(founder, 2), writer(asker, 1)] as const;
  // The founding row, whose bytes only the server has kept.
  const page = await asker.client.ask({ type: "fetchRows", log: truth.log, after: 0, maxBytes: 1 << 16 });
  if (page.type !== "rows" || !page.rows[0]) throw new Error("no founding row");
  const { kind, turn, sequence, body, time } = page.rows[0];
  send(truth, founder.device, draft(truth.log, turn, sequence, { kind, body }));
  tell(truth, founder.device, page.rows[0], time);
  return pair;
}

async function asked<R>(writer: Writer, type: TypeOf, answer: Promise<R>): Promise<R> {
  try {
    return await answer;
  } catch (fault) {
    if (isClosed(fault)) writer.struck.set(type, (writer.struck.get(type) ?? 0) + 1);
    throw fault;
  }
}

/** Sends what is open, all at once; what is not stored now stays open and goes again. */
export async function sendOpen(writer: Writer): Promise<"sent" | "notStored"> {
  const { online, truth } = writer;
  let outcome: "sent" | "notStored" = "sent";
  const one = async (row: DraftOf): Promise<void> => {
    send(truth, online.device, row);
    const answer = await asked(writer, "append", online.client.ask({ ...row, type: "append" }));
    switch (answer.type) {
      case "appended":
        tell(truth, online.device, { ...row, position: answer.position }, answer.time);
        writer.acknowledged++;
        writer.open = writer.open.filter((each) => each !== row);
        if (row.kind === "commit") writer.turn = row.turn + 1;
        return;
      case "staleTurn":
        // Sealed again for the turn that is: the old bytes are not to be seen by anybody.
        takeBack(truth, online.device, row);
        writer.turn = answer.turn;
        writer.open = writer.open.map((each) =>
          each === row ? { ...row, turn: answer.turn, body: random(BODY), kind: "application", groupInfo: null } : each,
        );
        return;
      case "outOfSequence":
        if (answer.last >= row.sequence || (writer.open[0]?.sequence ?? 0) > answer.last + 1)
          throw new Error(`the sequence is said to be ${answer.last}, and ${row.sequence} is next`);
        return;
      case "slowDown":
        await sleep(Math.min(answer.retryAfterMs, 200));
        return;
      case "refused":
        if (answer.reason !== "notStored") throw new Error(`refused: ${answer.reason}`);
        outcome = "notStored";
    }
  };
  await Promise.all(writer.open.map(one));
  await hear(writer);
  return outcome;
}

/** Takes in what was pushed: whoever is told of a row may count on it. */
export async function hear({ online: { client }, truth }: Writer): Promise<void> {
  while (client.pushes().length > 0) {
    const push = await client.nextPush();
    if (push.type === "rowPush") tell(truth, push.row.device, push.row, push.row.time);
  }
}

/** Writes until the connection ends, or `enough` says so. `chance` gives a number below the given one. */
export async function write(writer: Writer, chance: (below: number) => number, enough: () => boolean = () => false): Promise<void> {
  const { online, truth } = writer;
  const { client } = online;
  try {
    while (!enough()) {
      if (writer.open.length === 0)
        writer.open = Array.from({ length: UNDER_WAY }, () => draft(truth.log, writer.turn, writer.next++, { body: random(BODY) }));
      const beside: Promise<unknown>[] = [];
      if (chance(4) === 0) beside.push(note(writer));
      if (chance(8) === 0)
        beside.push(
          asked(
            writer,
            "postGroupInfo",
            client.ask({ type: "postGroupInfo", log: truth.log, turn: writer.turn, groupInfo: random(900) }),
          ),
        );
      await Promise.all([sendOpen(writer), ...beside]);
      if (chance(12) !== 0) continue;
      const commit = {
        ...draft(truth.log, writer.turn, writer.next++, { kind: "commit", body: commitBody([]), groupInfo: random(700) }),
      };
      if (writer.open.length === 0) writer.open = [commit];
      else writer.next--;
      await sendOpen(writer);
    }
  } catch (fault) {
    if (!isClosed(fault)) throw fault;
  } finally {
    await hear(writer);
  }
}

async function note(writer: Writer): Promise<void> {
  const { online, truth } = writer;
  const me = toHex(online.device);
  const position = Math.max(1, ...truth.told.keys());
  truth.asked.set(me, Math.max(position, truth.asked.get(me) ?? 0));
  const answer = await asked(writer, "acknowledge", online.client.ask({ type: "acknowledge", log: truth.log, position }));
  if (answer.type === "done") truth.noted.push({ device: me, position, at: Date.now() });
}

/** The server is back: what is wrong with what it kept, and then, with what was open sent again, what is wrong still. */
export async function comeBackAndJudge(url: string, pair: readonly [Writer, Writer]): Promise<readonly string[]> {
  for (const writer of pair) writer.online = await comeBack(url, writer.online);
  const wrong: string[] = [];
  for (const writer of pair) wrong.push(...(await judge(writer.truth, writer.online)));
  if (wrong.length > 0) return wrong;
  for (const writer of pair) {
    for (let tries = 0; writer.open.length > 0 && tries < 20; tries++) await sendOpen(writer);
    if (writer.open.length > 0) wrong.push("what was not acknowledged cannot be sent again");
  }
  return wrong;
}
