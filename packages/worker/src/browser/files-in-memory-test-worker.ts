/** Files are open to workers only. */
import { measureFiles, seemsPrivate } from "./files-in-memory.ts";

const [times, seems] = [await measureFiles(), await seemsPrivate()];
const left: string[] = [];
for await (const name of (await navigator.storage.getDirectory()).keys()) left.push(name);
self.postMessage({ times, seems, left: left.filter((name) => name.startsWith("megachat-look")) });
