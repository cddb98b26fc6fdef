/** What a driver does of a `recall`, page by page as its store gives them. */
import type { SimDisk } from "@megachat/testing";
import type { Recall, Recalled } from "../src/step.ts";

export function recallFrom(disk: SimDisk, { conversation, from, to, limit }: Recall): Recalled {
  const all = disk.lines(conversation).filter(({ position }) => position >= from);
  const lines = all.slice(0, limit).filter(({ position }) => position <= to);
  const reached = all.length > limit ? Math.min(to, lines.at(-1)?.position ?? to) : to;
  return { from, to: reached, lines };
}
