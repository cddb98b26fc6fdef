import { randomBytes } from "node:crypto";
import type { Random } from "@megachat/base";
import { parsePassword, ready } from "@megachat/auth";
import { createSetup, publicKey, ready as serverReady, registrationResponse, startLogin, finishLogin } from "@megachat/auth/server";
import { expect, test } from "vitest";
import { remoteOpaque, serveOpaque, type OpaqueThread } from "./opaque-remote.ts";

const random: Random = { bytes: (count) => new Uint8Array(randomBytes(count)) };
const password = (text: string) => {
  const parsed = parsePassword(text);
  if (!parsed.ok) throw new Error("not a password");
  return parsed.value;
};
function value<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  if (!result.ok) throw new Error("refused");
  return result.value;
}

/** A thread by structured clone: nothing passes that a worker would refuse. */
function thread(): OpaqueThread & { readonly die: () => void; readonly posted: unknown[] } {
  const serve = serveOpaque(ready());
  let listener: (answer: unknown) => void = () => {};
  const posted: unknown[] = [];
  return {
    posted,
    post: (call) => {
      const copy = structuredClone(call);
      posted.push(copy);
      serve(copy).then(
        (answer) => listener(structuredClone(answer)),
        () => listener(null),
      );
    },
    listen: (to) => (listener = to),
    end: () => (listener = () => {}),
    die: () => listener(null),
  };
}

test("[V61] registration and login work through a thread, and give the keys that the library gives", async () => {
  await serverReady();
  const setup = createSetup(random);
  using port = remoteOpaque(thread());
  const registering = await port.register(password("a good long password"));
  const response = value(registrationResponse(setup, "alice", registering.request));
  const registered = value(await registering.finish(response, publicKey(setup)));
  const exportKey = registered.exportKey.open((bytes) => bytes.slice());

  const loggingIn = await port.login(password("a good long password"));
  const started = value(startLogin(setup, "alice", registered.record, loggingIn.request));
  const loggedIn = value(await loggingIn.finish(started.ke2, publicKey(setup)));
  expect(loggedIn.exportKey.open((bytes) => bytes.slice())).toEqual(exportKey);
  const session = value(finishLogin(started.state, loggedIn.ke3));
  expect(loggedIn.sessionKey.open((bytes) => bytes.slice())).toEqual(session);

  const wrong = await port.login(password("not this one at all"));
  const again = value(startLogin(setup, "alice", registered.record, wrong.request));
  expect(await wrong.finish(again.ke2, publicKey(setup))).toEqual({ ok: false, error: { type: "refused" } });
});

test("[V61] a thread that dies ends the procedure with an error", async () => {
  const mortal = thread();
  using port = remoteOpaque({ ...mortal, post: () => queueMicrotask(mortal.die) });
  await expect(port.register(password("a good long password"))).rejects.toThrow("died");
});

test("[V61] a thread that dies before the first question, or while the server is asked, ends the procedure as well", async () => {
  const unborn = thread();
  using early = remoteOpaque(unborn);
  unborn.die();
  await expect(early.register(password("a good long password"))).rejects.toThrow("died");
  const mortal = thread();
  using port = remoteOpaque(mortal);
  const registering = await port.register(password("a good long password"));
  mortal.die();
  await expect(registering.finish(new Uint8Array(32), new Uint8Array(32))).rejects.toThrow("died");
});
