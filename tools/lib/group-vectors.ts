/** A certificate, a roster and the data of a commit, from fixed chance: for `spec/vectors/group.json`. */
import { Secret, toHex, type Random } from "@megachat/base";
import { signingKeyOf } from "@megachat/crypto";
import { newDirectRoster, signCertificate, writeRoster } from "@megachat/group";
import { CommitData, encode } from "@megachat/wire";

export function groupVectors(random: Random) {
  const [account, other, device, gone] = [random.bytes(16), random.bytes(16), random.bytes(16), random.bytes(16)];
  const [identitySeed, otherSeed, deviceSeed] = [random.bytes(32), random.bytes(32), random.bytes(32)];
  const [hpkeKey, conversationKey] = [random.bytes(1216), random.bytes(32)];
  const key = (seed: Uint8Array) => signingKeyOf(new Secret(Uint8Array.from(seed)));
  const serial = 300;
  const time = 1_795_500_000_123;

  const certificate = signCertificate(new Secret(identitySeed.slice()), {
    account,
    n: 0,
    device,
    serial,
    signatureKey: key(deviceSeed),
    hpkeKey,
  });
  const [one, two] = [
    { account, n: 0, identityKey: key(identitySeed), top: 300, standing: [7, 300] },
    { account: other, n: 1, identityKey: key(otherSeed), top: 2, standing: [2] },
  ] as const;
  const roster = writeRoster(newDirectRoster(conversationKey, [one, two]));
  const data = encode(CommitData, { type: "commitData", time, added: [device], removed: [gone] });

  return {
    account: toHex(account),
    other: toHex(other),
    device: toHex(device),
    gone: toHex(gone),
    identitySeed: toHex(identitySeed),
    otherSeed: toHex(otherSeed),
    deviceSeed: toHex(deviceSeed),
    hpkeKey: toHex(hpkeKey),
    conversationKey: toHex(conversationKey),
    serial,
    time,
    certificate: toHex(certificate),
    roster: toHex(roster),
    commitData: toHex(data),
  };
}
