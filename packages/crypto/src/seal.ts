/**
 * Sealing under a key of our own: always committing, and without nonces to keep. [K7–K9]
 *
 * Key and commitment = HKDF-SHA-256(parent, 32 random bytes as salt, label ‖ context); AES-256-GCM with that key and
 * nonce zero. The key is new for each sealing, so the nonce never repeats; the commitment fixes the key, so a ciphertext
 * never opens under two. Who opens says whose it is, what, which and in which version: a box moved elsewhere is refused.
 */
import { bytesEqual, concatBytes, ok, u64, type Random, type Result, type Secret } from "@megachat/base";
import { AEAD_KEY, AEAD_NONCE, aeadOpen, aeadSeal, refused, type Refused } from "./aead.ts";
import { hkdf } from "./hash.ts";
import { labelBytes, type Label } from "./labels.ts";
import { pad, unpad } from "./padding.ts";

/** A sealed thing, in the shape that `SealedBox` of the wire registry has. */
export interface Box {
  readonly type: "sealedBox";
  readonly salt: Uint8Array<ArrayBuffer>;
  readonly commitment: Uint8Array<ArrayBuffer>;
  readonly ciphertext: Uint8Array<ArrayBuffer>;
}

/** Where a sealed thing belongs. It opens nowhere else. */
export interface Place {
  /** Account or conversation, 16 bytes. */
  readonly owner: Uint8Array;
  /** Which one of the owner's things of this type; of any length. */
  readonly id: Uint8Array;
  readonly version: number;
}

const SALT = 32;
const NONCE = new Uint8Array(AEAD_NONCE);

/** The key `parent` has at least 16 bytes of entropy; 32 bytes everywhere in the product. */
export const seal = (
  random: Random,
  label: Label<"seal">,
  parent: Secret<Uint8Array>,
  place: Place,
  plaintext: Uint8Array,
): Box => {
  const salt = random.bytes(SALT);
  const associated = associatedData(label, place);
  const { key, commitment } = keyAndCommitment(parent, salt, associated);
  const ciphertext = aeadSeal(key, NONCE, associated, plaintext);
  key.fill(0);
  return { type: "sealedBox", salt, commitment, ciphertext };
};

export function open(
  label: Label<"seal">,
  parent: Secret<Uint8Array>,
  place: Place,
  box: Box,
): Result<Uint8Array<ArrayBuffer>, Refused> {
  const associated = associatedData(label, place);
  const { key, commitment } = keyAndCommitment(parent, box.salt, associated);
  // First of all, and in constant time: a box made to open under several keys is refused before anything is decrypted.
  const committed = bytesEqual(commitment, box.commitment);
  const plaintext = committed ? aeadOpen(key, NONCE, associated, box.ciphertext) : refused;
  key.fill(0);
  return plaintext;
}

/** {@link seal} with the plaintext padded, so that its length says little. The padding's type is the label's. */
export const sealPadded = (
  random: Random,
  label: Label<"seal">,
  parent: Secret<Uint8Array>,
  place: Place,
  plaintext: Uint8Array,
): Box => seal(random, label, parent, place, pad(label.type, plaintext));

export function openPadded(
  label: Label<"seal">,
  parent: Secret<Uint8Array>,
  place: Place,
  box: Box,
): Result<Uint8Array<ArrayBuffer>, Refused> {
  const padded = open(label, parent, place, box);
  if (!padded.ok) return padded;
  const plaintext = unpad(label.type, padded.value);
  return plaintext.ok ? ok(plaintext.value) : refused;
}

/** label ‖ owner ‖ version ‖ id: all but the last of fixed length, so that two places never share their bytes. */
function associatedData(label: Label<"seal">, place: Place): Uint8Array {
  if (place.owner.length !== 16) throw new RangeError("an owner is 16 bytes");
  return concatBytes(labelBytes(label), place.owner, u64(place.version), place.id);
}

function keyAndCommitment(parent: Secret<Uint8Array>, salt: Uint8Array, associated: Uint8Array) {
  const both = parent.open((bytes) => hkdf("sha256", bytes, salt, associated, 2 * AEAD_KEY));
  const key = both.slice(0, AEAD_KEY);
  const commitment = both.slice(AEAD_KEY);
  both.fill(0);
  return { key, commitment };
}
