/**
 * The OPAQUE module's generated glue holds one way to make code from a string: a fallback that finds the global object
 * on hosts without `globalThis`. It is never reached here; so that a page can be shown to hold no such way at all, it
 * becomes a refusal.
 */
import type { Plugin } from "vite";

const FALLBACK = /new Function\(getStringFromWasm0\((\w+), (\w+)\)\)/;

export function withoutStringCode(): Plugin {
  return {
    name: "megachat-without-string-code",
    transform(code, id) {
      if (!id.includes("@serenity-kit/opaque")) return null;
      // The library changed: look again at what it does instead of letting it through.
      if (!FALLBACK.test(code)) throw new Error(`${id}: the expected fallback is not there`);
      return { code: code.replace(FALLBACK, '(() => { throw new Error("no code from strings"); })()'), map: null };
    },
  };
}
