import fc from "fast-check";
import { expect, test } from "vitest";
import { hashToPlace, placeToHash, type AccountRef, type ConversationRef, type Place } from "./index.ts";

test("[U3] every place survives the address bar", () => {
  const places: Place[] = [
    { at: "chats" },
    { at: "conversation", conversation: "AAAAAAAAAAAAAAAAAAAAAA" as ConversationRef },
    { at: "contacts" },
    { at: "person", account: "BBBBBBBBBBBBBBBBBBBBBB" as AccountRef },
    { at: "invite" },
    { at: "invitation", handle: "alice.b-c_d", fragment: "AQID_-4" },
  ];
  for (const place of places) expect(hashToPlace(placeToHash(place))).toEqual(place);
});

test("[U3] any text is a place, and a place carries nothing but refs, a handle and a fragment", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const place = hashToPlace(`#/${text}`);
      expect(hashToPlace(placeToHash(place))).toEqual(place);
    }),
  );
  for (const bad of ["#/c/<script>", "#/i/alice", "#/i/a b/x", "#/i/alice/é", "#/nowhere", ""])
    expect(hashToPlace(bad)).toEqual({ at: "chats" });
});
