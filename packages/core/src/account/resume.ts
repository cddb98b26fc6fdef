/** Coming back: a session that still stands brings the server's share, and the share opens the database. [R13] [R35] */
import { bytesEqual, err, ok, type Result } from "@megachat/base";
import type { Reply } from "@megachat/wire";
import type { AccountPorts } from "./ports.ts";
import { headerSignedOut, openByShare, type VaultHeader } from "./vault.ts";

export type ResumeError =
  | { readonly type: "offline" }
  | { readonly type: "limited"; readonly retryAfter: number }
  /** The session is over: the password opens the database. The header on disk says so from now on. */
  | { readonly type: "locked"; readonly why: "sessionEnded" | "disabled" | "shut" }
  | { readonly type: "damaged" };

/** Opens the database of `header`. Needs a connection that carries no session yet. */
export async function resume(ports: AccountPorts, header: VaultHeader): Promise<Result<null, ResumeError>> {
  if (!header.session || !header.byShare) return err({ type: "locked", why: "sessionEnded" });
  ports.onStage("askingServer");
  const reply = await ports.server.ask({ type: "resume", session: header.session.id, token: header.session.token });
  if (!reply.ok) return err({ type: "offline" });
  return resumed(ports, header, reply.value);
}

/** {@link resume} once the answer is there: for a link that resumes by itself. */
export async function resumed(
  ports: Pick<AccountPorts, "vault" | "onStage">,
  header: VaultHeader,
  reply: Reply,
): Promise<Result<null, ResumeError>> {
  if (reply.type === "slowDown") return err({ type: "limited", retryAfter: reply.retryAfterMs });
  if (reply.type === "refused") {
    const why = reply.reason === "accountDisabled" ? "disabled" : "sessionEnded";
    // "Not now" is no end: only a server that does not know the session any more has destroyed the share.
    if (reply.reason === "notStored" || reply.reason === "full") return err({ type: "limited", retryAfter: 10_000 });
    await ports.vault.putHeader(headerSignedOut(header));
    return err({ type: "locked", why });
  }
  if (reply.type !== "resumed") return err({ type: "locked", why: "shut" });
  if (!bytesEqual(reply.account, header.account) || !bytesEqual(reply.device, header.device))
    return err({ type: "locked", why: "shut" });
  ports.onStage("openingDatabase");
  const key = openByShare(header, reply.share);
  // A wrong share may be put right tomorrow; the header stays, and the password works meanwhile.
  if (!key.ok) return err({ type: "locked", why: "shut" });
  using databaseKey = key.value;
  const opened = await ports.vault.open(header.account, databaseKey);
  return opened.ok ? ok(null) : err({ type: "damaged" });
}
