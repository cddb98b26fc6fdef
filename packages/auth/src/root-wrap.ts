/**
 * Root key n, sealed once under what the password gives and once under the recovery key. [A17–A20]
 *
 * Each wrap opens for its route, account and n only, and any change to it is one error before anything is derived from
 * what is inside. The version inside counts the account's wraps: who has seen a higher one notices a server that answers
 * with an old one.
 */
import { bytesEqual, err, ok, Secret, type Random, type Result } from "@megachat/base";
import { derive, labels, openPadded, sealPadded, type Label, type Place, type RecoveryKey } from "@megachat/crypto";
import { decode, encode, RootKey as RootKeyObject, SealedBox } from "@megachat/wire";
import { looksRandom, type RootKey, type SecretBytes } from "./account-keys.ts";
import { refused, type Refused } from "./signed.ts";

/** What a person has. */
export type Route =
  /** OPAQUE's export key, 64 bytes. */
  | { readonly by: "password"; readonly exportKey: Secret<Uint8Array> }
  | { readonly by: "recovery"; readonly recoveryKey: RecoveryKey };

export interface RootContents {
  readonly root: RootKey;
  /** Counts from 1 and grows with every new wrap of the account. */
  readonly version: number;
  /** In the password's wrap, so that the words can be shown again; null in the recovery key's. */
  readonly recoveryKey: RecoveryKey | null;
}

export type WrapError = Refused | { readonly type: "rolledBack"; readonly version: number };

interface Owner {
  readonly account: Uint8Array<ArrayBuffer>;
  readonly n: number;
}

/** An encoded `SealedBox` of about 350 bytes, whatever is inside. */
export function wrapRoot(random: Random, route: Route, { account, n }: Owner, contents: RootContents): Uint8Array<ArrayBuffer> {
  using key = wrapKey(route, account);
  const { version, recoveryKey } = contents;
  const plaintext = contents.root.open((root) =>
    encode(RootKeyObject, {
      type: "rootKey",
      account,
      n,
      version,
      root,
      recoveryKey: recoveryKey ? recoveryKey.open((bytes) => bytes.slice()) : null,
    }),
  );
  const box = sealPadded(random, label(route), key, place({ account, n }), plaintext);
  plaintext.fill(0);
  return encode(SealedBox, box);
}

/** Opens a wrap, whose version must be `atLeast` the highest seen (0 where none was). */
export function openRoot(
  route: Route,
  { account, n }: Owner,
  bytes: Uint8Array,
  { atLeast }: { readonly atLeast: number },
): Result<RootContents, WrapError> {
  const box = decode(SealedBox, bytes);
  if (!box.ok) return refused;
  using key = wrapKey(route, account);
  const plaintext = openPadded(label(route), key, place({ account, n }), box.value);
  if (!plaintext.ok) return refused;
  const contents = decode(RootKeyObject, plaintext.value);
  plaintext.value.fill(0);
  if (!contents.ok) return refused;
  const { version, root, recoveryKey } = contents.value;
  if (!bytesEqual(contents.value.account, account) || contents.value.n !== n || !looksRandom(root)) return refused;
  if (version < atLeast) return err({ type: "rolledBack", version });
  return ok({ root: new Secret(root), version, recoveryKey: recoveryKey && new Secret(recoveryKey) });
}

const label = (route: Route): Label<"seal"> => (route.by === "password" ? labels.rootByPassword : labels.rootByRecovery);
const place = ({ account, n }: Owner): Place => ({ owner: account, id: new Uint8Array(0), version: n });

// The recovery key has 128 bits of its own: stretching would slow its owner and nobody else.
const wrapKey = (route: Route, account: Uint8Array): SecretBytes =>
  route.by === "password"
    ? derive(labels.passwordWrapKey, route.exportKey, account)
    : derive(labels.recoveryWrapKey, route.recoveryKey, account);
