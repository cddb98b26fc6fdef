import { randomBytes } from "node:crypto";
import { err, instant, seconds, silentLog, type Random } from "@megachat/base";
import { ready } from "@megachat/auth";
import { account as accounts } from "@megachat/core";
import { createEngine } from "@megachat/group";
import type { Reply, Request } from "@megachat/wire";
import { expect, test } from "vitest";
import { mls } from "../../../group/test-kit/people.ts";
import { Cancelled, createCancelling } from "./cancelling.ts";

const random: Random = { bytes: (count) => new Uint8Array(randomBytes(count)) };
const slowed: Reply = { type: "slowDown", retryAfterMs: 45_000, puzzle: { seed: new Uint8Array(16), bits: 1 } };
const unsolvable: Reply = { type: "slowDown", retryAfterMs: 0, puzzle: { seed: new Uint8Array(16), bits: 24 } };

interface Begun {
  readonly outcome: Promise<unknown>;
  readonly cancel: () => void;
  readonly asked: string[];
  readonly written: string[];
  /** The secret that the procedure gave to the password's half. */
  readonly password: () => Parameters<accounts.OpaquePort["login"]>[0] | undefined;
  /** Ends when the procedure has come so far. */
  readonly reached: Promise<void>;
}

/** A sign-in that gets stuck where `at` says. */
async function stuckAt(at: "password" | "server" | "wait" | "puzzle"): Promise<Begun> {
  const opaque = accounts.opaqueHere(await ready());
  const asked: string[] = [];
  const written: string[] = [];
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  const never = async (): Promise<never> => {
    reach();
    return new Promise(() => {});
  };
  let password: ReturnType<Begun["password"]>;
  const write = (what: string) => async (): Promise<never> => {
    written.push(what);
    throw new Error("written");
  };
  const ports: accounts.AccountPorts = {
    server: {
      greeting: async () => err({ type: "unanswered" }),
      ask: async (request: Request) => {
        asked.push(request.type);
        return at === "server" ? never() : { ok: true, value: at === "puzzle" ? unsolvable : slowed };
      },
    },
    opaque: {
      ...opaque,
      login: async (typed) => {
        password = typed;
        return at === "password" ? never() : opaque.login(typed);
      },
    },
    vault: {
      headers: async () => [],
      create: write("create"),
      putHeader: write("putHeader"),
      open: write("open"),
      erase: write("erase"),
    },
    isStrong: async () => true,
    engine: (device) => createEngine(mls(), device),
    random,
    clock: { now: () => instant(0) },
    pause: async () => {
      reach();
      await new Promise((resolve) => setTimeout(resolve));
    },
    wait: at === "puzzle" ? async () => {} : never,
    log: silentLog,
    onStage: () => {},
  };
  const cancelling = createCancelling();
  const outcome = accounts
    .signIn(cancelling.around(ports), { handle: "alice", password: "a guess" })
    .catch((fault: unknown) => fault);
  return { outcome, cancel: cancelling.cancel, asked, written, password: () => password, reached };
}

test.for(["password", "server", "wait", "puzzle"] as const)(
  "[V55] a sign-in called off at the %s ends at once, asks and writes nothing more, and its password is gone",
  async (at) => {
    const begun = await stuckAt(at);
    await begun.reached;
    const before = [...begun.asked];
    begun.cancel();
    expect(await begun.outcome).toBeInstanceOf(Cancelled);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(begun.asked).toEqual(before);
    expect(begun.written).toEqual([]);
    expect(() => begun.password()?.open(() => {})).toThrow("after dispose");
  },
);

test("[V55] what is being written is written to the end, and nothing after it begins", async () => {
  const cancelling = createCancelling();
  const { promise: disk, resolve: written } = Promise.withResolvers<void>();
  const putHeader = async () => {
    await disk;
    return { ok: true, value: null } as const;
  };
  const ports = cancelling.around({
    vault: { putHeader, headers: async () => [] },
    server: {},
    opaque: {},
  } as unknown as accounts.AccountPorts);
  const writing = ports.vault.putHeader({} as never);
  cancelling.cancel();
  written();
  expect(await writing).toEqual({ ok: true, value: null });
  await expect(ports.vault.headers()).rejects.toBeInstanceOf(Cancelled);
  await expect(ports.wait(seconds(1))).rejects.toBeInstanceOf(Cancelled);
});
