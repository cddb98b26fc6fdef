import { encode, pushes, replies, ServerFrame } from "@megachat/wire";
import { expect, test } from "vitest";
import { runHonestly } from "./case.ts";
import { bytesOf, fieldsOfFrames, isFrame, placesOf } from "./frame.ts";
import { beginnings } from "./lives.ts";
import { bend, operationsOn, type Sent } from "./operations.ts";
import { seededRandom } from "../packages/group/test-kit/people.ts";

const fields = fieldsOfFrames();
const sent: readonly Sent[] = runHonestly("talk", beginnings("frames")).sent;

test("every message that a server may say has its fields, down to those of lists and of what may be absent", () => {
  const messages = new Set(fields.map(({ message }) => message));
  for (const { name } of [...replies, ...pushes]) expect(messages, name).toContain(name);
  const names = fields.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of [
    "reply.number",
    "rows.rows[].body",
    "slowDown.puzzle.bits",
    "inboxPush.item.position",
    "iceServers.servers[].urls[]",
  ])
    expect(names).toContain(name);
});

test("every operation makes of a frame either another frame or what is none, and says which", () => {
  let frames = 0;
  let junk = 0;
  for (const [i, each] of sent.entries()) {
    expect(isFrame(each.plain)).toBe(true);
    for (const field of fields.filter(({ message }) => message === each.message)) {
      for (const operation of operationsOn(field)) {
        const bent = bend(each, field, operation, sent.slice(0, i), seededRandom(`${i} ${field.name} ${operation}`));
        if (!bent?.plain || bent.now.length !== 1) continue;
        if (isFrame(bent.plain)) frames++;
        else junk++;
        expect(Buffer.compare(bent.now[0] ?? new Uint8Array(), bytesOf(each.plain)), `${field.name} ${operation}`).not.toBe(0);
      }
    }
  }
  expect(frames).toBeGreaterThan(1000);
  expect(junk).toBeGreaterThan(1000);
});

test("an honest frame is written here as the product writes it, and each field is found in it", () => {
  const frame: ServerFrame = { type: "reply", number: 7, reply: { type: "staleTurn", turn: 3, position: 9 } };
  const plain = [1, 1, 7, [0x0219, 1, 3, 9]];
  expect(bytesOf(plain)).toEqual(encode(ServerFrame, frame));
  const turn = fields.find(({ name }) => name === "staleTurn.turn");
  expect(turn && placesOf(plain, turn).map(({ parent, index }) => parent[index])).toEqual([3]);
});
