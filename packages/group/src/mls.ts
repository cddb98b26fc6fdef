/**
 * The WASM module, loaded once per thread, and its calls made safe: a refusal is a value, a panic is the end. [G26]
 */
import { Engine as MlsEngine, initSync, setNow } from "@megachat/mls";
import { err, ok, type Result } from "@megachat/base";
import type { Instant } from "@megachat/base";

/** A loaded module. One per thread, however often it is loaded. */
export interface Mls {
  readonly newEngine: (identity: Uint8Array, seed: Uint8Array, publicKey: Uint8Array) => MlsEngine;
}

let lost = false;

/** Loads the module from its bytes, or from a compiled module. Synchronous: workers and Node allow that at any size. */
export function loadMls(wasm: WasmSource): Mls {
  initSync({ module: wasm });
  return { newEngine: (identity, seed, publicKey) => new MlsEngine(identity, seed, publicKey) };
}
/** `megachat_mls_bg.wasm`: its bytes, or a `WebAssembly.Module` of them. */
export type WasmSource = Uint8Array<ArrayBuffer> | ArrayBuffer | object;

/** What the module says when it refuses. See crate/src/refusal.rs. */
export interface Refused {
  readonly word: string;
}

/**
 * One call into the module. A panic leaves its memory in the middle of something: the error is thrown, and so is every
 * later call's, until the thread is started anew from the rows on disk.
 */
export function call<T>(work: () => T): Result<T, Refused> {
  if (lost) throw new Error("the MLS module is lost: restart from storage");
  try {
    return ok(work());
  } catch (fault) {
    // Refusals are plain Errors with one word. Everything else comes from a broken module or a broken caller.
    if (fault instanceof Error && fault.constructor === Error && /^[a-zA-Z]+$/.test(fault.message))
      return err({ word: fault.message });
    lost = true;
    throw fault;
  }
}

/** A call that has no reason to be refused. */
export function must<T>(work: () => T): T {
  const result = call(work);
  if (!result.ok) throw new Error(`the MLS module refused: ${result.error.word}`);
  return result.value;
}

/** Lifetimes are judged by this time and no other. [G19] */
export const setEngineTime = (now: Instant | number): void => must(() => setNow(now));
