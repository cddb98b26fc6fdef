/** Project Wycheproof through our own names, its invalid cases above all. */
import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { readVectors } from "../../../tools/lib/vectors.ts";
import { aeadOpen, aeadSeal } from "./aead.ts";
import { hkdf } from "./hash.ts";
import { verifyBare } from "./sign.ts";
import { x25519Shared } from "./x25519.ts";

interface File<G> {
  readonly numberOfTests: number;
  readonly testGroups: readonly G[];
}
interface Case {
  readonly tcId: number;
  readonly comment: string;
  readonly flags: readonly string[];
  readonly result: "valid" | "invalid" | "acceptable";
}
type Hex<K extends string> = Readonly<Record<K, string>>;

const hex = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, "hex"));

function load<G>(name: string): File<G> | undefined {
  const text = readVectors(`wycheproof/${name}_test.json`);
  return text === undefined ? undefined : (JSON.parse(text) as File<G>);
}

/** Names each case that went wrong, so that one run shows them all. */
const failures = (cases: readonly Case[], passes: (each: never) => boolean): readonly string[] =>
  cases.filter((each) => !passes(each as never)).map(({ tcId, comment, result }) => `${tcId} (${result}) ${comment}`);

type GcmCase = Case & Hex<"key" | "iv" | "aad" | "msg" | "ct" | "tag">;
interface GcmGroup {
  readonly keySize: number;
  readonly ivSize: number;
  readonly tagSize: number;
  readonly tests: readonly GcmCase[];
}
const gcm = load<GcmGroup>("aes_gcm");

describe.skipIf(!gcm)("AES-GCM", () => {
  const groups = gcm?.testGroups ?? [];
  const isOurs = ({ keySize, ivSize, tagSize }: GcmGroup): boolean => keySize === 256 && ivSize === 96 && tagSize === 128;

  test("[K5] Wycheproof: valid cases seal and open, invalid ones do not open", () => {
    const cases = groups.filter(isOurs).flatMap((group) => group.tests);
    expect(cases.length).toBeGreaterThan(50);
    const wrong = failures(cases, ({ key, iv, aad, msg, ct, tag, result }: GcmCase) => {
      const opened = aeadOpen(hex(key), hex(iv), hex(aad), hex(ct + tag));
      if (result === "invalid") return !opened.ok;
      const sealed = aeadSeal(hex(key), hex(iv), hex(aad), hex(msg));
      return opened.ok && Buffer.from(opened.value).toString("hex") === msg && Buffer.from(sealed).toString("hex") === ct + tag;
    });
    expect(wrong).toEqual([]);
  });

  test("[K5] A08 other key and nonce sizes are refused, whatever they hold", () => {
    const cases = groups.filter(({ keySize, ivSize }) => keySize !== 256 || ivSize !== 96).flatMap((group) => group.tests);
    expect(cases.length).toBeGreaterThan(50);
    const wrong = failures(cases, ({ key, iv, aad, ct, tag }: GcmCase) => !aeadOpen(hex(key), hex(iv), hex(aad), hex(ct + tag)).ok);
    expect(wrong).toEqual([]);
  });
});

type EdCase = Case & Hex<"msg" | "sig">;
const ed = load<{ readonly publicKey: Hex<"pk">; readonly tests: readonly EdCase[] }>("ed25519");

test.skipIf(!ed)("[K6] Wycheproof: Ed25519 accepts the valid signatures and no other", () => {
  const wrong = (ed?.testGroups ?? []).flatMap(({ publicKey, tests }) =>
    failures(tests, ({ msg, sig, result }: EdCase) => verifyBare(hex(publicKey.pk), hex(msg), hex(sig)) === (result === "valid")),
  );
  expect(wrong).toEqual([]);
});

type XdhCase = Case & Hex<"public" | "private" | "shared">;
const xdh = load<{ readonly tests: readonly XdhCase[] }>("x25519");

test.skipIf(!xdh)("[K13] Wycheproof: X25519 gives the shared value, and nothing where it would be zero", () => {
  const cases = (xdh?.testGroups ?? []).flatMap((group) => group.tests);
  const wrong = failures(cases, (each: XdhCase) => {
    const shared = x25519Shared(hex(each.private), hex(each.public));
    return /^0*$/.test(each.shared) ? shared === undefined : !!shared && Buffer.from(shared).toString("hex") === each.shared;
  });
  expect(wrong).toEqual([]);
  expect(cases.some(({ flags }) => flags.includes("ZeroSharedSecret"))).toBe(true);
});

type HkdfCase = Case & Hex<"ikm" | "salt" | "info" | "okm"> & { readonly size: number };

describe.each(["sha256", "sha512"] as const)("HKDF with %s", (digest) => {
  const file = load<{ readonly tests: readonly HkdfCase[] }>(`hkdf_${digest}`);
  test.skipIf(!file)("[K4] Wycheproof: HKDF gives the key, and none beyond its length", () => {
    const cases = (file?.testGroups ?? []).flatMap((group) => group.tests);
    const wrong = failures(cases, ({ ikm, salt, info, size, okm, result }: HkdfCase) => {
      try {
        return Buffer.from(hkdf(digest, hex(ikm), hex(salt), hex(info), size)).toString("hex") === okm && result === "valid";
      } catch {
        return result === "invalid";
      }
    });
    expect(wrong).toEqual([]);
  });
});
