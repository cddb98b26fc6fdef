/** What a person types becomes a password here: one spelling, nothing cut off, nothing empty. [A15] */
import { encodeUtf8, err, ok, Secret, type Brand, type Result } from "@megachat/base";

/** Text in NFC of 1 to 1,024 UTF-8 bytes. */
export type Password = Brand<string, "Password">;

export const MAX_PASSWORD_BYTES = 1024;

export interface PasswordError {
  readonly type: "empty" | "tooLong" | "notText";
}

/** Too long is refused, not cut: two passwords that differ anywhere give different keys. */
export function parsePassword(text: string): Result<Secret<Password>, PasswordError> {
  if (text.length === 0) return err({ type: "empty" });
  // Normalising a huge text is work that its sender would choose.
  if (text.length > MAX_PASSWORD_BYTES) return err({ type: "tooLong" });
  // A lone surrogate has no UTF-8, and all of them would become the same replacement character.
  if (!text.isWellFormed()) return err({ type: "notText" });
  const password = text.normalize("NFC");
  return encodeUtf8(password).length <= MAX_PASSWORD_BYTES ? ok(new Secret(password as Password)) : err({ type: "tooLong" });
}
