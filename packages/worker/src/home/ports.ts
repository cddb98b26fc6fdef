/** What a home needs of its host. A browser's worker and Node give different ones; the home is the same. */
import type { Clock, Instant, Log, Random } from "@megachat/base";
import type { account as accounts } from "@megachat/core";
import type { Mls } from "@megachat/group";
import type { SignedIn } from "@megachat/view";
import type { Timer } from "../driver/timer.ts";
import type { Dial } from "../link/connection.ts";
import type { Strength } from "../password/strength.ts";
import type { Vault } from "../vault/vault.ts";

export interface HomePorts {
  readonly vault: Vault;
  readonly dial: Dial;
  /** Name and version of this client, ≤ 32 bytes. */
  readonly client: string;
  /** The password's half of OPAQUE, as long as one procedure lasts. */
  readonly opaque: () => Promise<accounts.OpaquePort & Disposable>;
  /** Rejects while the program cannot be fetched. */
  readonly mls: () => Promise<Mls>;
  /** Rejects while the program cannot be fetched. */
  readonly strength: () => Promise<Strength>;
  /** How long the host means to keep what is stored. */
  readonly storage: () => Promise<SignedIn["storage"]>;
  readonly clock: Clock;
  /** Never goes back. */
  readonly steady: () => Instant;
  readonly timer: Timer;
  readonly pause: () => Promise<void>;
  readonly random: Random;
  readonly log: Log;
}
