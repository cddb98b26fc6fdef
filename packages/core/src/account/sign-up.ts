/**
 * Signing up: a name and a password, and nothing else. [R27] [R31–R33]
 *
 * The order is what makes a crash harmless: the new account is on this disk before the server hears of it, so an
 * account that exists at the server never lacks its database; a database whose account never came to be is erased when
 * the server says that the name is free.
 */
import { err, ok, type Result } from "@megachat/base";
import { identityHash, type RecoveryKey } from "@megachat/crypto";
import { parsePassword } from "@megachat/auth";
import { parseHandle, type Handle, type Reply } from "@megachat/wire";
import { accountRows } from "./at-rest.ts";
import { makeAccount, type NewAccount } from "./new-account.ts";
import type { AccountPorts, StorageError } from "./ports.ts";
import { characters, cleanName, MAX_DISPLAY_NAME } from "./profile.ts";
import { signIn } from "./sign-in.ts";
import type { VaultHeader } from "./vault.ts";

export interface SignUpWish {
  readonly handle: string;
  readonly password: string;
  readonly displayName: string | null;
  /** The operator's code, where sign-up is by invitation. */
  readonly signUpCode: string | null;
}
export type SignUpError =
  | { readonly type: "handleTaken" }
  | { readonly type: "handleInvalid" }
  | { readonly type: "passwordWeak" }
  | { readonly type: "nameTooLong"; readonly limit: number }
  | { readonly type: "signUpClosed" }
  | { readonly type: "codeNeeded" }
  | { readonly type: "codeInvalid" }
  | { readonly type: "limited"; readonly retryAfter: number }
  | { readonly type: "offline" }
  /** The server contradicts itself. */
  | { readonly type: "notAuthentic" }
  | StorageError;

/** The database is open, its rows are those of a signed-in account, and the connection carries its session. */
export interface SignedUp {
  readonly header: VaultHeader;
  /** To be shown once; null when an earlier, interrupted sign-up was completed: the password brings it back. */
  readonly recoveryKey: RecoveryKey | null;
}

export async function signUp(ports: AccountPorts, wish: SignUpWish): Promise<Result<SignedUp, SignUpError>> {
  const handle = parseHandle(wish.handle);
  if (!handle.ok) return err({ type: "handleInvalid" });
  const displayName = cleanName(wish.displayName ?? "");
  if (characters(displayName) > MAX_DISPLAY_NAME) return err({ type: "nameTooLong", limit: MAX_DISPLAY_NAME });
  const password = parsePassword(wish.password);
  using typed = password.ok ? password.value : null;
  if (!typed || !(await ports.isStrong(wish.password, handle.value))) return err({ type: "passwordWeak" });

  ports.onStage("askingServer");
  const greeting = await ports.server.greeting();
  if (!greeting.ok) return err({ type: "offline" });
  const { signUp: rule, setupKey } = greeting.value;
  if (rule === "closed") return err({ type: "signUpClosed" });
  if (rule === "invitation" && !wish.signUpCode) return err({ type: "codeNeeded" });
  const invitation = wish.signUpCode;

  ports.onStage("stretchingPassword");
  const opaque = await ports.opaque.register(typed);
  const started = await ports.server.ask({ type: "signUpStart", handle: handle.value, invitation, request: opaque.request });
  if (!started.ok) return err({ type: "offline" });
  const unfinished = await unfinishedSignUp(ports, handle.value);
  if (started.value.type !== "signUpAnswer") {
    const error = signUpErrorOf(started.value);
    return error.type === "handleTaken" && unfinished ? completeEarlier(ports, wish) : err(error);
  }
  if (unfinished) await ports.vault.erase(unfinished.account);
  const registered = await opaque.finish(started.value.response, setupKey);
  if (!registered.ok) return err({ type: "notAuthentic" });

  ports.onStage("makingKeys");
  using exportKey = registered.value.exportKey;
  const made = makeAccount(ports.random, ports.engine, {
    handle: handle.value,
    displayName: displayName === "" ? null : displayName,
    exportKey,
    serverKey: setupKey,
    now: ports.clock.now(),
  });
  const { state, header, databaseKey } = made;
  ports.onStage("openingDatabase");
  const created = await ports.vault.create(header, databaseKey, accountRows(null, state), made.engineRows);
  if (!created.ok) return created;

  ports.onStage("askingServer");
  const reply = await ports.server.ask({
    type: "signUpFinish",
    handle: handle.value,
    invitation,
    setup: started.value.setup,
    record: registered.value.record,
    identityHash: identityHash(state.self.identityKey),
    ...made.published,
  });
  if (!reply.ok) return completeEarlier(ports, wish);
  return settle(ports, made, reply.value);
}

async function settle(ports: AccountPorts, made: NewAccount, reply: Reply): Promise<Result<SignedUp, SignUpError>> {
  if (reply.type !== "session") {
    // Refused for good, so nobody will ever ask for this database again.
    await ports.vault.erase(made.header.account);
    return err(signUpErrorOf(reply));
  }
  const { session: id, token, knownSecret } = reply;
  const header: VaultHeader = { ...made.header, session: { id, token }, knownSecret };
  const kept = await ports.vault.putHeader(header);
  return kept.ok ? ok({ header, recoveryKey: made.recoveryKey }) : kept;
}

/** A database that was made for this name while nothing is known of its account. */
async function unfinishedSignUp(ports: AccountPorts, handle: Handle): Promise<VaultHeader | undefined> {
  const headers = await ports.vault.headers();
  return headers.find((header) => header.handle === handle && header.knownSecret === null);
}

/** The server may have the account of a sign-up whose answer was lost. The password tells. */
async function completeEarlier(ports: AccountPorts, wish: SignUpWish): Promise<Result<SignedUp, SignUpError>> {
  const signedIn = await signIn(ports, { handle: wish.handle, password: wish.password });
  if (signedIn.ok) return ok({ header: signedIn.value.header, recoveryKey: null });
  switch (signedIn.error.type) {
    case "refused":
    case "livesElsewhere":
    case "disabled":
    case "damaged":
      return err({ type: "handleTaken" });
    default:
      return err(signedIn.error);
  }
}

function signUpErrorOf(reply: Reply): SignUpError {
  if (reply.type === "slowDown") return { type: "limited", retryAfter: reply.retryAfterMs };
  if (reply.type !== "refused") return { type: "notAuthentic" };
  switch (reply.reason) {
    case "nameTaken":
      return { type: "handleTaken" };
    case "nameNotAllowed":
      return { type: "handleInvalid" };
    case "signUpClosed":
      return { type: "signUpClosed" };
    case "invitationInvalid":
      return { type: "codeInvalid" };
    case "notStored":
    case "full":
      return { type: "limited", retryAfter: 10_000 };
    default:
      return { type: "notAuthentic" };
  }
}
