/**
 * Signing in on the browser that holds the account's database; on any other it says so and changes nothing, neither
 * here nor at the server. [R28–R30] [R34]
 */
import { bytesEqual, concatBytes, err, ok, Secret, type Result } from "@megachat/base";
import { labels, sha256, sign } from "@megachat/crypto";
import { parsePassword } from "@megachat/auth";
import { parseHandle } from "@megachat/wire";
import { logIn, loginErrorOf, type LoginError, type PasswordOpened } from "./login.ts";
import type { AccountPorts, StorageError } from "./ports.ts";
import { decodeSelf, type Self } from "./self.ts";
import { openByLogin, wrapByShare, type VaultHeader } from "./vault.ts";

export interface SignInWish {
  readonly handle: string;
  readonly password: string;
}
export type SignInError =
  | LoginError
  /** Right name and password, but the account's database is in another browser. */
  | { readonly type: "livesElsewhere" }
  /** The database here cannot be read any more. */
  | { readonly type: "damaged" }
  | StorageError;

/** The database is open and the connection carries the session. */
export interface SignedIn {
  readonly header: VaultHeader;
}

export async function signIn(ports: AccountPorts, wish: SignInWish): Promise<Result<SignedIn, SignInError>> {
  const handle = parseHandle(wish.handle);
  const password = parsePassword(wish.password);
  // No account has such a name or password; who asks learns no more than from a wrong one.
  if (!handle.ok || !password.ok) return err({ type: "refused" });
  // Whatever ends this, the password goes with it.
  using typed = password.value;
  const headers = await ports.vault.headers();
  const header = headers.find((each) => each.handle === handle.value) ?? null;
  // What an unfinished sign-up left here may never have become an account, and its name is then somebody else's.
  const known = header?.knownSecret ? header : null;
  const loggedIn = await logIn(ports, handle.value, typed, known);
  if (!loggedIn.ok) return loggedIn;
  using opened = loggedIn.value.opened;
  if (!header || !bytesEqual(header.account, opened.facts.account)) return err({ type: "livesElsewhere" });
  return await openHere(ports, header, loggedIn.value);
}

async function openHere(
  ports: AccountPorts,
  old: VaultHeader,
  { ticket, list: { version, hash }, opened: account }: PasswordOpened,
): Promise<Result<SignedIn, SignInError>> {
  ports.onStage("openingDatabase");
  const key = openByLogin(old, account.login.seed);
  if (!key.ok) return err({ type: "damaged" });
  using databaseKey = key.value;
  const opened = await ports.vault.open(old.account, databaseKey);
  if (!opened.ok) return err({ type: "damaged" });
  const self = decodeSelf(opened.value.self);
  if (!self.ok || !bytesEqual(self.value.account, old.account)) return err({ type: "damaged" });
  const { byShare, share } = wrapByShare(ports.random, self.value, databaseKey);
  const { n, identityKey, recordHash } = account.facts;
  const identity = { n, identityKey, recordHash };
  const list = { version, hash };
  const header: VaultHeader = { ...old, byShare, session: null, identity, list, wrapVersion: account.wrapVersion };
  // On disk before the server has the share: a crash in between costs one more password, never the database.
  const kept = await ports.vault.putHeader(header);
  if (!kept.ok) return kept;
  return openSession(ports, header, self.value, ticket, share);
}

async function openSession(
  ports: AccountPorts,
  header: VaultHeader,
  self: Self,
  ticket: Uint8Array<ArrayBuffer>,
  share: Uint8Array<ArrayBuffer>,
): Promise<Result<SignedIn, SignInError>> {
  ports.onStage("askingServer");
  const { device } = self;
  const signature = sign(labels.sessionOpening, self.signatureSeed, sessionOpening(ticket, device, share));
  const reply = await ports.server.ask({ type: "openSession", ticket, device, share, signature });
  if (!reply.ok) return err({ type: "offline" });
  if (reply.value.type !== "session") return err(loginErrorOf(reply.value));
  const { session: id, token, knownSecret } = reply.value;
  const signedIn: VaultHeader = { ...header, session: { id, token }, knownSecret };
  const written = await ports.vault.putHeader(signedIn);
  return written.ok ? ok({ header: signedIn }) : written;
}

/** What a device signs to open a session: this login's ticket, itself, and the share that goes with it. */
export const sessionOpening = (ticket: Uint8Array, device: Uint8Array, share: Uint8Array): Uint8Array<ArrayBuffer> =>
  concatBytes(ticket, device, sha256(share));

/** The recovery key again, for who knows the password. A session is neither needed nor opened. */
export async function revealRecoveryKey(
  ports: AccountPorts,
  header: VaultHeader,
  password: string,
): Promise<Result<Secret<Uint8Array<ArrayBuffer>>, LoginError>> {
  const handle = parseHandle(header.handle);
  const typed = parsePassword(password);
  if (!handle.ok || !typed.ok) return err({ type: "refused" });
  using secret = typed.value;
  const loggedIn = await logIn(ports, handle.value, secret, header);
  if (!loggedIn.ok) return loggedIn;
  using opened = loggedIn.value.opened;
  const { recoveryKey } = opened;
  // Disposing of the account takes its copy along.
  return recoveryKey ? ok(new Secret(recoveryKey.open((bytes) => bytes.slice()))) : err({ type: "notAuthentic" });
}
