/** Key packages: made for others, and judged when they come from others. [G9] [G28] */
import { after, bytesEqual, days, err, instant, ok, type Instant, type Result } from "@megachat/base";
import type { Engine, KeyPackage, KeyPackageError, KeyPackageExpectation, KeyPackageFacts, Suite } from "./engine.ts";
import { verifyCertificate } from "./certificate.ts";
import { mlsSuiteOf, suiteOf, type Desk } from "./desk.ts";
import { hasLawfulShape } from "./guard.ts";
import { call, must, setEngineTime } from "./mls.ts";

/** Clocks of two devices may differ by a week; a package that nobody took is renewed long before the end. */
const BEFORE = days(7);
const AHEAD = days(90);

/** The ends of the life of what is made now, in seconds since 1970. */
export const lifetimeAt = (now: Instant): { readonly notBefore: number; readonly notAfter: number } => ({
  notBefore: Math.max(0, Math.floor((now - BEFORE) / 1000)),
  notAfter: Math.floor(after(now, AHEAD) / 1000),
});

export function makeKeyPackage(desk: Desk, wanted: Parameters<Engine["keyPackage"]>[0]): KeyPackage {
  const { notBefore, notAfter } = lifetimeAt(wanted.now);
  setEngineTime(wanted.now);
  const [bytes, reference] = must(() => desk.mls.keyPackage(mlsSuiteOf(wanted.suite), wanted.lastResort, notBefore, notAfter));
  return { bytes, reference };
}

/** What MLS and the lifetime rule say of a key package; the certificate is not judged yet. */
export function readKeyPackage(desk: Desk, bytes: Uint8Array, at: Instant) {
  setEngineTime(at);
  return call(() => desk.mls.readKeyPackage(bytes));
}

export function checkKeyPackage(
  desk: Desk,
  bytes: Uint8Array,
  expected: KeyPackageExpectation,
): Result<KeyPackageFacts, KeyPackageError> {
  const read = readKeyPackage(desk, bytes, expected.now);
  if (!read.ok) {
    if (read.error.word === "malformed") return err({ type: "malformed" });
    return err(read.error.word === "suite" ? { type: "wrongSuite" } : { type: "refusedByMls", kind: read.error.word });
  }
  const facts = read.value;
  const suite: Suite | undefined = suiteOf(facts.suite);
  if (suite !== expected.suite) return err({ type: "wrongSuite" });
  const notBefore = instant(facts.notBefore * 1000);
  const notAfter = instant(facts.notAfter * 1000);
  if (!hasLawfulShape(facts) || expected.now < notBefore || expected.now >= notAfter) return err({ type: "lifetime" });
  const certificate = verifyCertificate(facts.leaf.credential, expected.identityKey);
  if (!certificate.ok || !bytesEqual(certificate.value.signatureKey, facts.leaf.signatureKey)) return err({ type: "certificate" });
  const { account, n } = certificate.value;
  if (!bytesEqual(account, expected.account) || n !== expected.n || !expected.stands(certificate.value))
    return err({ type: "unexpected" });
  return ok({ suite, certificate: certificate.value, lastResort: facts.lastResort, notBefore, notAfter });
}
