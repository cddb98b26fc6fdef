/**
 * The passive-client families of the official MLS test vectors (github.com/mlswg/mls-implementations, test-vectors.md),
 * run through the artefact: a member that joins by Welcome and follows commits must come to the published authenticators.
 */
import type { PassiveClient } from "../wasm/megachat_mls.js";

export const passiveFamilies = ["passive-client-welcome", "passive-client-handling-commit", "passive-client-random"] as const;

/** A moment at which all key packages of the vectors were valid: give it to `setNow` first. */
export const VECTORS_TIME = Date.UTC(2023, 6, 1);

interface Vector {
  readonly cipher_suite: number;
  readonly external_psks: readonly { readonly psk_id: string; readonly psk: string }[];
  readonly key_package: string;
  readonly encryption_priv: string;
  readonly init_priv: string;
  readonly welcome: string;
  readonly ratchet_tree: string | null;
  readonly initial_epoch_authenticator: string;
  readonly epochs: readonly {
    readonly proposals: readonly string[];
    readonly commit: string;
    readonly epoch_authenticator: string;
  }[];
}

export interface PassiveResult {
  readonly clients: number;
  readonly epochs: number;
  /** What went wrong, one line each. */
  readonly faults: readonly string[];
}

/** Runs a family's vectors of one MLS cipher suite. */
export function runPassiveClients(Client: typeof PassiveClient, json: string, suite: number): PassiveResult {
  const vectors = (JSON.parse(json) as readonly Vector[]).filter((vector) => vector.cipher_suite === suite);
  const faults: string[] = [];
  let epochs = 0;
  for (const [number, vector] of vectors.entries()) {
    const client = new Client();
    try {
      epochs += runOne(client, vector);
    } catch (fault) {
      faults.push(`vector ${number}: ${String(fault)}`);
    } finally {
      client.free();
    }
  }
  return { clients: vectors.length, epochs, faults };
}

function runOne(client: PassiveClient, vector: Vector): number {
  for (const { psk_id, psk } of vector.external_psks) client.addPsk(vector.cipher_suite, bytes(psk_id), bytes(psk));
  client.addKeyPackage(bytes(vector.key_package), bytes(vector.init_priv), bytes(vector.encryption_priv));
  client.join(bytes(vector.welcome), vector.ratchet_tree === null ? undefined : bytes(vector.ratchet_tree));
  expectAuthenticator(client, vector.initial_epoch_authenticator, "join");
  for (const [number, epoch] of vector.epochs.entries()) {
    for (const proposal of epoch.proposals) client.process(bytes(proposal));
    client.process(bytes(epoch.commit));
    expectAuthenticator(client, epoch.epoch_authenticator, `epoch ${number}`);
  }
  return vector.epochs.length + 1;
}

function expectAuthenticator(client: PassiveClient, wanted: string, where: string): void {
  if (hex(client.authenticator()) !== wanted) throw new Error(`another authenticator after ${where}`);
}

const bytes = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const hex = (value: Uint8Array): string => Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("");
