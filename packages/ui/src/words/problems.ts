/** Typed refusals turned into sentences. A kind without a sentence does not compile. */
import type { Instant } from "@megachat/base";
import type {
  AcceptError,
  CallFailure,
  InvitationError,
  Limited,
  LookUpError,
  Offline,
  RecoveryError,
  RequestError,
  SendError,
  SignInError,
  SignUpError,
  StartCallError,
} from "@megachat/view";
import type { Words } from "./en.ts";
import type { Format } from "./format.ts";

export interface Speech {
  readonly words: Words;
  readonly format: Format;
  readonly now: Instant;
}

/** What the person called off needs no words. */
export type Refused<E extends { readonly type: string }> = Exclude<E, { readonly type: "cancelled" }>;

const common = ({ words, format, now }: Speech, problem: Offline | Limited): string =>
  problem.type === "offline" ? words.errors.offline : words.errors.limited(format.ahead(problem.retryAt, now));

export function signUpProblem(speech: Speech, problem: Refused<SignUpError>): string {
  switch (problem.type) {
    case "offline":
    case "limited":
      return common(speech, problem);
    case "handleTaken":
    case "handleInvalid":
    case "passwordWeak":
    case "signUpClosed":
    case "codeNeeded":
    case "codeInvalid":
    case "notAuthentic":
    case "storageRefused":
    case "storageFull":
    case "alreadySignedIn":
      return speech.words.errors[problem.type];
  }
}

export function signInProblem(speech: Speech, problem: Refused<SignInError> | RecoveryError): string {
  switch (problem.type) {
    case "offline":
    case "limited":
      return common(speech, problem);
    case "passwordNeeded":
      return speech.words.recovery.passwordFirst;
    case "refused":
    case "livesElsewhere":
    case "damaged":
    case "notAuthentic":
    case "disabled":
    case "storageRefused":
    case "storageFull":
    case "alreadySignedIn":
      return speech.words.errors[problem.type];
  }
}

export function lookUpProblem(speech: Speech, problem: LookUpError): string {
  switch (problem.type) {
    case "offline":
    case "limited":
      return common(speech, problem);
    case "notFound":
    case "handleInvalid":
    case "notAuthentic":
      return speech.words.errors[problem.type];
  }
}

export function invitationProblem(speech: Speech, problem: InvitationError): string {
  switch (problem.type) {
    case "offline":
    case "limited":
      return common(speech, problem);
    case "malformed":
    case "expired":
    case "revoked":
    case "keysDiffer":
    case "notFound":
      return speech.words.errors.invitation[problem.type];
  }
}

export function requestProblem(speech: Speech, problem: RequestError): string {
  switch (problem.type) {
    case "tooLong":
      return speech.words.errors.requestTooLong(speech.format.number(problem.limit));
    case "alreadyPending":
    case "alreadyContact":
    case "notFound":
    case "blocked":
    case "self":
    case "keysChanged":
    case "notAuthentic":
      return speech.words.errors[problem.type];
    case "offline":
    case "limited":
    case "malformed":
    case "expired":
    case "revoked":
    case "keysDiffer":
      return invitationProblem(speech, problem);
  }
}

export function acceptProblem(speech: Speech, problem: AcceptError): string {
  switch (problem.type) {
    case "gone":
      return speech.words.errors.requestGone;
    case "notAuthentic":
      return speech.words.errors.requestNotAuthentic;
    case "offline":
    case "limited":
      return common(speech, problem);
  }
}

/** Null where nothing needs to be said. */
export function sendProblem({ words, format }: Speech, problem: SendError): string | null {
  switch (problem.type) {
    case "tooLong":
      return words.errors.tooLong(format.bytes(problem.bytes - problem.limit));
    case "empty":
      return null;
    case "held":
      return words.errors.held[problem.reason];
    case "unknownConversation":
    case "storageFull":
      return words.errors[problem.type];
  }
}

export function startCallProblem(speech: Speech, problem: StartCallError): string {
  switch (problem.type) {
    case "held":
      return speech.words.errors.held[problem.reason];
    case "inCall":
    case "unknownConversation":
      return speech.words.errors[problem.type];
    case "offline":
      return common(speech, problem);
  }
}

export function callFailureText({ callEnd }: Words, failure: CallFailure): string {
  return failure.type === "noPath" ? (failure.serverHasRelay ? callEnd.noPathRelay : callEnd.noPathNoRelay) : callEnd[failure.type];
}
