import { expect, test } from "vitest";
import { loadStrength } from "./strength.ts";

test("[V60] weak passwords are refused and say why; long random ones and five words are accepted", async () => {
  const strength = await loadStrength();
  expect(strength("short", "alice")).toEqual({ score: 0, accepted: false, weakness: "tooShort" });
  expect(strength("password123", "alice")).toMatchObject({ accepted: false, weakness: "common" });
  expect(strength("alice-alice", "alice")).toMatchObject({ accepted: false });
  expect(strength("wonderland.al", "al.wonderland")).toMatchObject({ accepted: false, weakness: "containsName" });
  expect(strength("qwertyuiop[]", "bob").accepted).toBe(false);
  expect(strength("abcdefgh1234", "bob")).toMatchObject({ accepted: false });
  expect(strength("aaaaaaaaaaaaaaaaaaaaaa", "bob").accepted).toBe(false);
  expect(strength("tunnel orbit candy velvet garage", "bob").accepted).toBe(true);
  expect(strength("kX9#vQ2$mL7!pR", "bob").accepted).toBe(true);
});

test("[V60] only the first 64 characters are judged, so no password takes the estimator long", async () => {
  const strength = await loadStrength();
  const nasty = [
    "a".repeat(4096),
    "ab1!".repeat(1000),
    "pässwörd".repeat(500),
    "😀".repeat(2000),
    "4@$$w0rd".repeat(100),
    "\u0000".repeat(300),
  ];
  for (const password of nasty) expect(strength(password, "alice")).toEqual(strength(password.slice(0, 64), "alice"));
});
