/** One contact request, from fixed chance, with every input: for `spec/vectors/contact.json`. */
import { Secret, u64, type Random } from "@megachat/base";
import {
  addressPair,
  buildAccountRecord,
  buildDeviceList,
  identityPair,
  openSigned,
  verifyAccountRecord,
  verifyDeviceList,
} from "@megachat/auth";
import { encodeFragment, hpkeInfo, identityHash, invitationTag, labels, signingKeyOf } from "@megachat/crypto";
import { signCertificate } from "@megachat/group";
import { contact } from "@megachat/core";

type Bytes = Uint8Array<ArrayBuffer>;
const lend = (bytes: Uint8Array) => new Secret(Uint8Array.from(bytes));
const copy = (bytes: Uint8Array): Bytes => Uint8Array.from(bytes);
/** Chance that is exactly these bytes, in this order. */
const fixed = (...parts: readonly Bytes[]): Random => {
  const left = [...parts];
  return {
    bytes: (count) => {
      const next = left.shift();
      if (next?.length !== count) throw new Error(`not ${count} bytes`);
      return copy(next);
    },
  };
};

export function contactVectors(random: Random) {
  const [from, to, device] = [random.bytes(16), random.bytes(16), random.bytes(16)];
  const [root, theirRoot, secret, deviceSeed] = [random.bytes(32), random.bytes(32), random.bytes(32), random.bytes(32)];
  const [nonce, encapsulation, linkSecret, deviceHpkeKey] = [
    random.bytes(16),
    random.bytes(64),
    random.bytes(16),
    random.bytes(1216),
  ];
  const identity = identityPair(lend(root), from, 0);
  const theirs = identityPair(lend(theirRoot), to, 0);
  const m = 3;
  const address = addressPair(lend(secret), to, m);

  const accountRecord = buildAccountRecord(lend(root), from, random.bytes(32));
  const deviceList = buildDeviceList(identity.seed, {
    account: from,
    n: 0,
    previous: null,
    logPosition: 0,
    standing: [{ device, serial: 1 }],
  });
  const certificate = signCertificate(identity.seed, {
    account: from,
    n: 0,
    device,
    serial: 1,
    signatureKey: signingKeyOf(lend(deviceSeed)),
    hpkeKey: deviceHpkeKey,
  });
  const record = verifyAccountRecord(accountRecord, null);
  const list = record.ok ? verifyDeviceList(deviceList, record.value, null) : record;
  if (!record.ok || !list.ok || !openSigned(labels.certificate, [identity.publicKey], certificate).ok) throw new Error("bad faces");

  const inviter = { account: to, n: 0, identityKey: theirs.publicKey };
  const requester = { account: from, n: 0, identityKey: identity.publicKey };
  const tag = invitationTag(lend(linkSecret), inviter, requester);
  const [handle, displayName, text] = ["alice", "Älice", "Do you remember me? 👋"];
  const self = {
    account: from,
    handle,
    n: 0,
    identityKey: identity.publicKey,
    device,
    serial: 1,
    certificate,
    signatureSeed: lend(deviceSeed),
    hpkeSeed: lend(random.bytes(32)),
    secrets: [{ m: 0, secret: lend(random.bytes(32)) }],
    accountRecord,
    recordHash: record.value.recordHash,
    deviceList: { bytes: deviceList, version: 1, hash: list.value.hash },
    siblings: [],
  };
  const sealed = contact.sealRequest(fixed(nonce, encapsulation), self, {
    to: { account: to, address: { m, hpkeKey: address.publicKey } },
    displayName,
    text,
    invitationTag: tag,
  });
  if (!sealed.ok) throw new Error("not sealed");
  return {
    from,
    to,
    nonce,
    handle,
    displayName,
    text,
    accountRecord,
    certificate,
    deviceList,
    deviceSeed,
    invitation: {
      inviterKey: theirs.publicKey,
      requesterKey: identity.publicKey,
      secret: linkSecret,
      fragment: encodeFragment({ identityHash: identityHash(theirs.publicKey), secret: lend(linkSecret) }),
      tag,
    },
    address: { m, seed: address.seed.open(copy), publicKey: address.publicKey },
    encapsulation,
    info: hpkeInfo(labels.requestBox, { recipient: to, id: u64(m) }),
    sealed: sealed.value,
  };
}
