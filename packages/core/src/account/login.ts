/**
 * The password's dialogue with the server, up to the root key. Signing in, and showing the recovery key again, begin
 * with it. [R27–R30]
 *
 * Nothing is derived from what the server says before the server has proved that it is the one of the registration;
 * and a root counts only when the published record names the keys that follow from it.
 */
import { after, err, minutes, ok, seconds, type Result, type Secret } from "@megachat/base";
import { solvePuzzle } from "@megachat/crypto";
import { openAccount, verifyDeviceList, type DeviceListFacts, type OpenedAccount, type Password } from "@megachat/auth";
import type { Handle, LoggedIn, LoginAnswer, LoginStart, Reply, ValueOf } from "@megachat/wire";
import type { AccountPorts } from "./ports.ts";
import type { VaultHeader } from "./vault.ts";

export type LoginError =
  /** Wrong name, wrong password, no such account, another server: one answer on purpose. */
  | { readonly type: "refused" }
  | { readonly type: "disabled" }
  /** The server slows guessing down. Milliseconds. */
  | { readonly type: "limited"; readonly retryAfter: number }
  | { readonly type: "offline" }
  /** The server's answers do not hold together, or are older than what this browser has seen. */
  | { readonly type: "notAuthentic" };

/** What the password opened. Dispose of `opened` before anything else is asked. */
export interface PasswordOpened {
  readonly ticket: Uint8Array<ArrayBuffer>;
  readonly list: DeviceListFacts;
  readonly opened: OpenedAccount;
}

/** Puzzles above this are not solved: about a minute of work. */
const MAX_PUZZLE_BITS = 24;
const PUZZLE_CHUNK = 20_000;
/** Puzzles of one login: a server that always has another one is not worth the heat. */
const MAX_PUZZLES = 3;
/** Longer waits are told to the person instead of being sat out. */
const MAX_WAIT = minutes(1);

/**
 * Logs in as `handle`. `header` is what this browser knows of that account, or null: then the record alone proves the
 * server's key.
 */
export async function logIn(
  ports: AccountPorts,
  handle: Handle,
  password: Secret<Password>,
  header: VaultHeader | null,
): Promise<Result<PasswordOpened, LoginError>> {
  ports.onStage("stretchingPassword");
  const opaque = await ports.opaque.login(password);
  const started = await startLogin(ports, handle, opaque.request, header);
  if (!started.ok) return started;
  const finished = await opaque.finish(started.value.response, header?.serverKey ?? null);
  if (!finished.ok) return err({ type: "refused" });
  const { ke3, exportKey, serverKey, sessionKey } = finished.value;
  sessionKey[Symbol.dispose]();
  using key = exportKey;

  ports.onStage("askingServer");
  const reply = await ports.server.ask({ type: "loginFinish", ticket: started.value.ticket, finish: ke3 });
  if (!reply.ok) return err({ type: "offline" });
  if (reply.value.type !== "loggedIn") return err(loginErrorOf(reply.value));
  return open(ports, started.value.ticket, key, serverKey, reply.value, header);
}

function open(
  ports: AccountPorts,
  ticket: Uint8Array<ArrayBuffer>,
  exportKey: Secret<Uint8Array>,
  serverKey: Uint8Array,
  loggedIn: ValueOf<typeof LoggedIn>,
  header: VaultHeader | null,
): Result<PasswordOpened, LoginError> {
  const { account, accountRecord, wraps } = loggedIn;
  const opened = openAccount({ by: "password", exportKey }, { account, accountRecord, wrap: wraps.password }, serverKey, {
    identity: header && { account: header.account, ...header.identity },
    // Older than the newest password this browser knows of: yesterday's record is served again.
    wrapVersion: header?.wrapVersion ?? 0,
  });
  const list = opened.ok ? verifyDeviceList(loggedIn.deviceList, opened.value.facts, header?.list ?? null) : opened;
  if (opened.ok && list.ok) return ok({ ticket, list: list.value, opened: opened.value });
  if (opened.ok) opened.value[Symbol.dispose]();
  ports.log.warn("loginNotAuthentic", { why: list.ok ? "account" : list.error.type });
  return err({ type: "notAuthentic" });
}

/**
 * Starts the dialogue, solving the puzzles that guessing has brought upon this name. [R37]
 *
 * An answer counts only once its wait is over, and asking anew would bring another puzzle with another wait: who does not
 * sit it out never gets in.
 */
async function startLogin(
  ports: AccountPorts,
  handle: Handle,
  request: Uint8Array<ArrayBuffer>,
  header: VaultHeader | null,
): Promise<Result<ValueOf<typeof LoginAnswer>, LoginError>> {
  const known = header?.knownSecret ? { device: header.device, secret: header.knownSecret } : null;
  let puzzle: ValueOf<typeof LoginStart>["puzzle"] = null;
  for (let puzzles = 0; ; puzzles++) {
    const reply = await ports.server.ask({ type: "loginStart", handle, request, known, puzzle });
    if (!reply.ok) return err({ type: "offline" });
    if (reply.value.type === "loginAnswer") return ok(reply.value);
    const slowed = reply.value.type === "slowDown" ? reply.value : null;
    const posed = slowed?.puzzle;
    if (!slowed || !posed || slowed.retryAfterMs > MAX_WAIT || posed.bits > MAX_PUZZLE_BITS || puzzles === MAX_PUZZLES)
      return err(loginErrorOf(reply.value));
    const time = seconds(slowed.retryAfterMs / 1000);
    ports.onStage("solvingPuzzle", after(ports.clock.now(), time));
    const waited = ports.wait(time);
    const [nonce] = await Promise.all([solve(posed.seed, posed.bits, ports.pause), waited]);
    puzzle = { seed: posed.seed, nonce };
  }
}

/** Solves in pieces, so that the worker goes on answering its tabs. */
async function solve(seed: Uint8Array, bits: number, pause: AccountPorts["pause"]): Promise<number> {
  for (let from = 0; ; from += PUZZLE_CHUNK) {
    const nonce = solvePuzzle(seed, bits, from, PUZZLE_CHUNK);
    if (nonce !== undefined) return nonce;
    await pause();
  }
}

/** What a refusal in the dialogue means to the person. */
export function loginErrorOf(reply: Reply): LoginError {
  if (reply.type === "slowDown") return { type: "limited", retryAfter: reply.retryAfterMs };
  if (reply.type !== "refused") return { type: "notAuthentic" };
  switch (reply.reason) {
    case "accountDisabled":
      return { type: "disabled" };
    case "notStored":
    case "full":
      return { type: "limited", retryAfter: 10_000 };
    default:
      return { type: "refused" };
  }
}
