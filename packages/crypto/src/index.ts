/** Our names for audited primitives, each with its label. The only importer of them. */
export { AEAD_KEY, AEAD_NONCE, AEAD_TAG, aeadOpen, aeadSeal, type Refused } from "./aead.ts";
export { callCode, identityBytes, safetyNumber, type Identity } from "./codes.ts";
export { derive, hash256, hash512, hkdf, hkdfExpand, hkdfExtract, mac, sha256 } from "./hash.ts";
export { hpkeInfo, hpkeKeyOf, hpkeOpen, hpkeSeal, newHpkeSeed, type Address, type HpkeMessage, type HpkeSeed } from "./hpke.ts";
export { newX25519Seed, openFromX25519, sealToX25519, x25519KeyOf, type X25519Message, type X25519Seed } from "./hpke-x25519.ts";
export { decodeFragment, encodeFragment, identityHash, invitationTag, type InvitationFragment } from "./invitation.ts";
export { labelBytes, labels, type Label, type LabelKind } from "./labels.ts";
export { nextInLog, startOfLog } from "./log-chain.ts";
export { pad, paddedLength, unpad, type PaddingError } from "./padding.ts";
export { puzzleIsSolved, solvePuzzle } from "./puzzle.ts";
export { open, openPadded, seal, sealPadded, type Box, type Place } from "./seal.ts";
export { newSigningSeed, sign, signingKeyOf, verify, type Signature, type SigningSeed } from "./sign.ts";
export {
  newRecoveryKey,
  recoveryKeyToWords,
  suggestPassword,
  wordsToRecoveryKey,
  type RecoveryKey,
  type WordsError,
} from "./words.ts";
