/**
 * Whether this browser keeps its files in memory only, as Chromium does in a private or a guest window. [V54]
 *
 * Chromium hides it well: OPFS works, the quota is the same to the byte, `persisted()` is false as in most windows. But an
 * open file of a usual window is the system's own: reading it takes microseconds, and making it durable takes as long as
 * the disk does. A file in memory lies in another process: every read is a question to that process, and there is nothing
 * to make durable. So it is suspected where reading takes longer than the system could, and still longer than making
 * durable. Measured in Chromium 156: at most 3 µs, and some 300 µs for making durable; in its private window 300 µs and
 * none. It remains a suspicion, and is told as one. Firefox, whose files always lie in another process, is not asked: it
 * refuses OPFS in a private window.
 */

/** Milliseconds for one call. */
export interface FileTimes {
  readonly read: number;
  readonly flush: number;
}

/** Twenty microseconds: above what a system call takes, below what another process takes to answer. */
const SLOW_READ_MS = 0.02;

/** Whether this is a browser of which the two times tell something: Chromium and its kin alone have this. */
const isChromium = (): boolean => "userAgentData" in navigator;

export async function seemsPrivate(): Promise<boolean> {
  const times = isChromium() ? await measureFiles() : null;
  return times !== null && seemsInMemory(times);
}

export const seemsInMemory = ({ read, flush }: FileTimes): boolean => read > SLOW_READ_MS && flush < read;

const BLOCK = 4096;
const BATCHES = 4;
const READS = 32;
const FLUSHES = 6;

/** Null where there is nothing to measure. Takes a few writes' time. */
export async function measureFiles(): Promise<FileTimes | null> {
  const name = `megachat-look-${crypto.randomUUID()}`;
  try {
    const folder = await navigator.storage.getDirectory();
    const file = await folder.getFileHandle(name, { create: true });
    try {
      const handle = await file.createSyncAccessHandle();
      try {
        return timesOf(handle);
      } finally {
        handle.close();
      }
    } finally {
      await folder.removeEntry(name);
    }
  } catch {
    return null;
  }
}

function timesOf(handle: FileSystemSyncAccessHandle): FileTimes {
  const block = new Uint8Array(BLOCK);
  handle.write(block, { at: 0 });
  // The best of several: whatever else the machine does can only make it slower. Many at once, because the clock is coarse.
  let read = Infinity;
  for (let batch = 0; batch < BATCHES; batch++) {
    const began = performance.now();
    for (let i = 0; i < READS; i++) handle.read(block, { at: 0 });
    read = Math.min(read, (performance.now() - began) / READS);
  }
  let flush = 0;
  for (let i = 0; i < FLUSHES; i++) {
    handle.write(block, { at: 0 });
    const began = performance.now();
    handle.flush();
    flush += (performance.now() - began) / FLUSHES;
  }
  return { read, flush };
}
