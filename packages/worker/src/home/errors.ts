/** What went wrong with an account, in the words of the screen's contract. */
import type { Instant } from "@megachat/base";
import type { account as accounts } from "@megachat/core";
import type { RecoveryError, SignInError, SignUpError } from "@megachat/view";

const retryAt = (now: Instant, wait: number): Instant => (now + wait) as Instant;

interface CalledOff {
  readonly type: "cancelled";
}

export function signUpError(error: accounts.SignUpError | CalledOff, now: Instant): SignUpError {
  switch (error.type) {
    case "limited":
      return { type: "limited", retryAt: retryAt(now, error.retryAfter) };
    case "nameTooLong":
      // The screen bounds display names itself; only a foreign client gets here.
      return { type: "handleInvalid" };
    default:
      return error;
  }
}

export function signInError(error: accounts.SignInError | CalledOff, now: Instant): SignInError {
  switch (error.type) {
    case "limited":
      return { type: "limited", retryAt: retryAt(now, error.retryAfter) };
    default:
      return error;
  }
}

export function recoveryError(error: accounts.LoginError, now: Instant): RecoveryError {
  switch (error.type) {
    case "limited":
      return { type: "limited", retryAt: retryAt(now, error.retryAfter) };
    case "disabled":
    case "notAuthentic":
      return { type: "refused" };
    default:
      return error;
  }
}
