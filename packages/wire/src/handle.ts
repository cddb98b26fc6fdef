/** An account's name, one spelling for each. [S11] */
import { err, ok, type Brand, type Result } from "@megachat/base";

/** 3–32 of a–z, 0–9 and `.` `_` `-`; a letter first, a letter or digit last, no two marks in a row. */
export type Handle = Brand<string, "Handle">;

const SHAPE = /^(?=.{3,32}$)[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*$/;

/**
 * The name that `text` means: ASCII capitals are small letters, and nothing else is changed, so no two characters that
 * look alike stand for one account or for two. Spaces around it are a typing accident.
 */
export function parseHandle(text: string): Result<Handle, { readonly type: "nameNotAllowed" }> {
  const small = text.trim().replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return SHAPE.test(small) ? ok(small as Handle) : err({ type: "nameNotAllowed" });
}
