/**
 * Each kind of request struck by a kill between its arrival and its answer, at lines of the server's own source: before it
 * is carried out, before the commit that holds it, and after that, before the answer is sent. Then it is sent again.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TypeOf } from "../apps/server/src/operation.ts";
import type { Change } from "./changed.ts";
import { kindOf, kinds, type Scene } from "./kinds.ts";
import { start } from "./server.ts";
import type { Faults, Tally } from "./tally.ts";

const points = ["arrived", "beforeCommit", "beforeAnswer"] as const;
type Point = (typeof points)[number];

const DIE = 'process.kill(process.pid, "SIGKILL")';
const connection = { file: "apps/server/src/net/connection.ts", find: "answer(frame, read, await carryOut(frame.request));" };

/** Where the server dies. The thread of the store is told of its work by the name of a method. */
function changesFor(type: TypeOf, point: Point): readonly Change[] {
  const isIt = `frame.request.type === "${type}"`;
  switch (point) {
    case "arrived":
      return [{ ...connection, put: `if (${isIt}) ${DIE}; ${connection.find}` }];
    case "beforeAnswer":
      return [
        { ...connection, put: `const outcome = await carryOut(frame.request); if (${isIt}) ${DIE}; answer(frame, read, outcome);` },
      ];
    case "beforeCommit": {
      const call = { file: "apps/server/src/store/store-thread.ts", find: "const call = store[method]" };
      const commit = { file: "apps/server/src/store/group-commit.ts", find: 'db.script("COMMIT");' };
      return [
        { ...call, put: `if (method === "${kindOf(type).writes}") Reflect.set(globalThis, "struck", true); ${call.find}` },
        { ...commit, put: `if (Reflect.get(globalThis, "struck")) ${DIE}; ${commit.find}` },
      ];
    }
  }
}

export const strikes: readonly { readonly type: TypeOf; readonly point: Point }[] = kinds.flatMap((type) =>
  points.flatMap((point) => (point === "beforeCommit" && kindOf(type).writes === undefined ? [] : { type, point })),
);

/** Takes strikes from the list until it is empty. What each kind is hit by goes into the tally as `kind point`. */
export async function kindKills(left: (typeof strikes)[number][], tally: Tally, faults: Faults): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), "megachat-faults-"));
  let calm = await start({ dataDir });
  try {
    for (let strike = left.shift(), n = 0; strike; strike = left.shift(), n++) {
      const { type, point } = strike;
      const scene = await kindOf(type).scene(calm.url, `${type.toLowerCase().slice(0, 12)}${n}x`);
      await calm.kill();
      const armed = await start({ dataDir, changes: changesFor(type, point) });
      const answer = await answerOf(scene, armed.url);
      // `resume` does not wait for its commit, which only keeps the session young.
      const isStruck = answer === "struck" || (type === "resume" && point === "beforeCommit");
      if (isStruck) tally.count(`${type} ${point}`);
      else faults.found(`${type} ${point}`, [`was answered by “${answer}” and not struck`]);
      await armed.kill();
      calm = await start({ dataDir });
      const again = await answerOf(scene, calm.url);
      faults.found(`${type} ${point}`, scene.answers.includes(again) ? [] : [`sent again it is answered by “${again}”`]);
      faults.found(`${type} ${point}`, await scene.judge(calm.url));
    }
  } finally {
    await calm.kill();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function answerOf(scene: Scene, url: string): Promise<string> {
  try {
    return await scene.ask(url);
  } catch (fault) {
    // The connection's end, however its owner comes to know of it.
    if (
      fault instanceof Error &&
      /^closed|socket hang up|ECONNRE/u.test(`${fault.message}${"code" in fault ? String(fault.code) : ""}`)
    )
      return "struck";
    throw fault;
  }
}
