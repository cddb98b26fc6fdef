import { createHash, createHmac, hkdfSync } from "node:crypto";
import { concatBytes, Secret } from "@megachat/base";
import fc from "fast-check";
import { expect, test } from "vitest";
import { derive, hash256, hash512, hkdf, mac, sha256 } from "./hash.ts";
import { labelBytes, labels } from "./labels.ts";

const bytes = fc.uint8Array({ maxLength: 300 });
const hex = (value: Uint8Array): string => Buffer.from(value).toString("hex");

test("[K4] digests are SHA-2 of label and input, as another implementation has it", () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      const input = concatBytes(labelBytes(labels.logNext), a, b);
      expect(hex(hash256(labels.logNext, a, b))).toBe(createHash("sha256").update(input).digest("hex"));
      expect(hex(hash512(labels.logNext, a, b))).toBe(createHash("sha512").update(input).digest("hex"));
      expect(hex(sha256(a))).toBe(createHash("sha256").update(a).digest("hex"));
    }),
  );
});

test("[K4] a MAC is HMAC-SHA-256 of label and input", () => {
  fc.assert(
    fc.property(bytes, bytes, (key, input) => {
      const expected = createHmac("sha256", key)
        .update(concatBytes(labelBytes(labels.invitationTag), input))
        .digest("hex");
      expect(hex(mac(labels.invitationTag, new Secret(key), input))).toBe(expected);
    }),
  );
});

test("[K4] a derived key is HKDF-SHA-256 with label and context as info", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 80 }),
      bytes,
      fc.integer({ min: 1, max: 200 }),
      (parent, context, length) => {
        const info = concatBytes(labelBytes(labels.archiveKey), context);
        const expected = new Uint8Array(hkdfSync("sha256", parent, new Uint8Array(0), info, length));
        expect(derive(labels.archiveKey, new Secret(parent), context, length).open(hex)).toBe(hex(expected));
      },
    ),
  );
});

test("[K4] HKDF refuses to give more than 255 digests", () => {
  expect(() => hkdf("sha256", new Uint8Array(32), new Uint8Array(0), new Uint8Array(0), 255 * 32 + 1)).toThrow();
});
