import { emptySnapshot, type Client, type Push, type Session } from "@megachat/view";
import type { MediaPort } from "@megachat/worker/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Surface } from "./surface.ts";
import { withMedia } from "./with-media.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const signedIn = { at: "signedIn" } as Session;
const opening = { at: "opening" } as Session;

/** A tab in a call, and the pushes that reach it. */
function tab() {
  const did: string[] = [];
  let call: string | null = "ab".repeat(16);
  let listener: (push: Push) => void = () => {};
  const callMedia = {
    call: () => call,
    report: () => void did.push("report"),
    handle: ({ command }: { readonly command: { readonly type: string } }) => {
      did.push(command.type);
      if (command.type === "close") call = null;
    },
    capture: { setMuted: (muted: boolean) => void did.push(muted ? "muted" : "unmuted") },
  };
  const client = withMedia(
    {
      intents: { setMuted: async () => did.push("told") },
      subscribe: (to: typeof listener) => {
        listener = to;
        return () => {};
      },
    } as unknown as Client,
    { tell: ({ type }: { readonly type: string }) => void did.push(type) } as unknown as MediaPort,
    { callMedia } as unknown as Surface,
  );
  return {
    did,
    client,
    session: (session: Session) => listener({ type: "session", session }),
    snapshot: (session: Session) => listener({ type: "snapshot", snapshot: { ...emptySnapshot, session } }),
  };
}

test.each(["signedOut", "locked", "broken"])("[L14] where the screen says %s, what the call has open is closed", (at) => {
  const it = tab();
  it.session(signedIn);
  expect(it.did).toEqual([]);
  it.session({ at } as Session);
  expect(it.did).toEqual(["close"]);
});

test("[L14] [L16] a change of leader keeps the call, and a leader that never comes to life does not", () => {
  const it = tab();
  it.session(opening);
  vi.advanceTimersByTime(9_000);
  it.snapshot(signedIn);
  vi.advanceTimersByTime(60_000);
  expect(it.did).toEqual(["has", "report"]);
  it.session(opening);
  vi.advanceTimersByTime(9_000);
  expect(it.did).not.toContain("close");
  vi.advanceTimersByTime(2_000);
  expect(it.did).toContain("close");
});

test("[L14] a mute that comes when the call has ended does not wait for the next one", async () => {
  const it = tab();
  await it.client.intents.setMuted({ muted: true } as never);
  expect(it.did).toEqual(["muted", "told"]);
  it.session({ at: "signedOut" } as Session);
  await it.client.intents.setMuted({ muted: true } as never);
  expect(it.did).toEqual(["muted", "told", "close", "told"]);
});
