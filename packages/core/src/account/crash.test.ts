/** The entrance, broken at every point: whatever ends where, one account comes out of it, and it opens. */
import { toHex } from "@megachat/base";
import { decode, encode, Request, type Reply } from "@megachat/wire";
import { expect, test } from "vitest";
import { seededRandom } from "../../../group/test-kit/people.ts";
import { memoryVault, newBrowser, type TestVault } from "../../test-kit/browser.ts";
import { newEntrance, type Entrance } from "../../test-kit/entrance.ts";
import { headerSignedOut, resume, signIn, signUp, type AccountPorts } from "./index.ts";

const PASSWORD = "seven otters under the bridge";
const wish = { handle: "alice", password: PASSWORD, displayName: null, signUpCode: null };

class Crash extends Error {}
type Fault = "crash" | "break";

interface Run {
  readonly ports: AccountPorts;
  /** Whether the fault came. */
  readonly struck: () => boolean;
}

let pages = 0;

/** A page over `vault`, in which the `at`-th thing that can go wrong does: before or after it is carried out. */
async function page(entrance: Entrance, vault: TestVault, at: number, fault: Fault): Promise<Run> {
  const random = seededRandom(`page ${++pages}`);
  let points = 0;
  let broken = false;
  const point = (): boolean => {
    if (points++ !== at) return false;
    broken = true;
    if (fault === "crash") throw new Crash();
    return true;
  };
  const connection = entrance.connect();
  const ask = async (request: Request): Promise<Reply | null> => {
    // What is asked is what crosses the wire.
    const crossed = decode(Request, encode(Request, request));
    if (!crossed.ok) throw new Error(crossed.error.reason);
    if (point()) return null;
    const reply = connection(crossed.value);
    return point() ? null : reply;
  };
  const { ports } = await newBrowser(random, { greeting: () => entrance.greeting, ask }, vault, entrance.opaque);
  if (fault === "break") return { ports, struck: () => broken };
  const around =
    <A extends readonly unknown[], R>(act: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      point();
      const done = await act(...args);
      point();
      return done;
    };
  const dying = { ...vault, create: around(vault.create), putHeader: around(vault.putHeader), erase: around(vault.erase) };
  return { ports: { ...ports, vault: dying }, struck: () => broken };
}

const calm = (entrance: Entrance, vault: TestVault) => page(entrance, vault, -1, "break");

async function endsWell(entrance: Entrance, vault: TestVault, what: string): Promise<void> {
  expect([entrance.accounts.size, vault.databases.size, vault.kept.size], what).toEqual([1, 1, 1]);
  const [header] = vault.kept.values();
  if (!header) throw new Error("no header");
  expect(toHex(header.account), what).toBe(toHex(entrance.accounts.get("alice")?.account ?? new Uint8Array(0)));
  const back = await calm(entrance, vault);
  expect(await resume(back.ports, header), what).toEqual({ ok: true, value: null });
  const locked = await calm(entrance, vault);
  await vault.putHeader(headerSignedOut(header));
  expect((await signIn(locked.ports, wish)).ok, what).toBe(true);
}

test.each(["crash", "break"] as const)(
  "[R32, R33] sign-up, ended at every point by a %s and tried again, gives one account that opens (attack N03)",
  async (fault) => {
    let at = 0;
    for (; ; at++) {
      const entrance = newEntrance(seededRandom(`entrance ${at}`));
      const vault = memoryVault();
      const first = await page(entrance, vault, at, fault);
      const done = await signUp(first.ports, wish).catch((fell: unknown) => {
        if (!(fell instanceof Crash)) throw fell;
        return null;
      });
      if (!first.struck()) break;
      // A browser that holds a session comes back by it; in any other the person tries again.
      const holdsSession = [...vault.kept.values()].some(({ session }) => session !== null);
      if (!done?.ok && !holdsSession) {
        const again = await calm(entrance, vault);
        expect(await signUp(again.ports, wish), `point ${at}`).toMatchObject({ ok: true });
      }
      await endsWell(entrance, vault, `point ${at}`);
    }
    expect(at).toBeGreaterThan(3);
  },
);

test.each(["crash", "break"] as const)(
  "[R12, R34] sign-in, ended at every point by a %s, never makes the disk useless (attack N03)",
  async (fault) => {
    let at = 0;
    for (; ; at++) {
      const entrance = newEntrance(seededRandom(`entrance ${at}`));
      const vault = memoryVault();
      expect((await signUp((await calm(entrance, vault)).ports, wish)).ok).toBe(true);
      const [header] = vault.kept.values();
      if (header) await vault.putHeader(headerSignedOut(header));
      const first = await page(entrance, vault, at, fault);
      await signIn(first.ports, wish).catch((fell: unknown) => {
        if (!(fell instanceof Crash)) throw fell;
      });
      if (!first.struck()) break;
      const again = await calm(entrance, vault);
      expect((await signIn(again.ports, wish)).ok, `point ${at}`).toBe(true);
      await endsWell(entrance, vault, `point ${at}`);
    }
    expect(at).toBeGreaterThan(3);
  },
);

test("[R33] a wrong password never erases an account whose sign-up was interrupted", async () => {
  const entrance = newEntrance(seededRandom("wrong password"));
  const vault = memoryVault();
  const first = await calm(entrance, vault);
  const answers = first.ports.server.ask;
  const cut = {
    ...first.ports.server,
    ask: async (request: Request) => {
      const reply = await answers(request);
      return request.type === "signUpFinish" || request.type === "loginStart"
        ? ({ ok: false, error: { type: "unanswered" } } as const)
        : reply;
    },
  };
  expect(await signUp({ ...first.ports, server: cut }, wish)).toEqual({ ok: false, error: { type: "offline" } });
  const again = await calm(entrance, vault);
  expect(await signUp(again.ports, { ...wish, password: "another long password" })).toEqual({
    ok: false,
    error: { type: "handleTaken" },
  });
  expect(vault.databases.size).toBe(1);
  expect((await signUp(again.ports, wish)).ok).toBe(true);
});

test("[R33] a name that went to somebody else meanwhile is theirs: nothing of ours is taken for it", async () => {
  const entrance = newEntrance(seededRandom("lost name"));
  const [mine, theirs] = [memoryVault(), memoryVault()];
  const first = await calm(entrance, mine);
  const ask = first.ports.server.ask;
  const cut = {
    ...first.ports.server,
    ask: (request: Request) =>
      request.type === "signUpStart" ? ask(request) : Promise.resolve({ ok: false, error: { type: "unanswered" } } as const),
  };
  expect(await signUp({ ...first.ports, server: cut }, wish)).toEqual({ ok: false, error: { type: "offline" } });
  expect((await signUp((await calm(entrance, theirs)).ports, wish)).ok).toBe(true);
  const again = await calm(entrance, mine);
  expect(await signIn(again.ports, wish)).toEqual({ ok: false, error: { type: "livesElsewhere" } });
  expect(await signUp(again.ports, wish)).toEqual({ ok: false, error: { type: "handleTaken" } });
});
