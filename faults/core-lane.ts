/** Kills cores at the places that it is sent, one life after the other, in a process of its own. */
import process from "node:process";
import { dieAt, places, setStage, type Client, type Place } from "./core-kills.ts";

export interface Died {
  readonly place: Place;
  /** Null where the life did not come there. */
  readonly wrong: readonly string[] | null;
}

const stage = setStage();
places(stage);
process.on("message", ({ place, client }: { readonly place: Place; readonly client: Client }) => {
  process.send?.({ place, wrong: dieAt(stage, place, client) } satisfies Died);
});
process.send?.("ready");
