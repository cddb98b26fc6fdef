/** Both halves of OPAQUE in whatever runs this: Node, Chromium and Firefox. */
import type { Random } from "@megachat/base";
import { expect, test } from "vitest";
import { ready as clientReady } from "./client.ts";
import { parsePassword } from "./password.ts";
import { createSetup, finishLogin, publicKey, ready as serverReady, registrationResponse, startLogin } from "./server.ts";

const random: Random = { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) };
const must = <T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T => {
  if (!result.ok) throw new Error("refused");
  return result.value;
};

test("[A10, A16] a registration and a login, and another password refused", async () => {
  const client = await clientReady();
  await serverReady();
  const setup = createSetup(random);
  const [registration, request] = client.startRegistration(must(parsePassword("pässwörd")));
  const response = must(registrationResponse(setup, "alice", request));
  const { record, exportKey } = must(client.finishRegistration(registration, response, publicKey(setup)));

  const logIn = (text: string) => {
    const [login, ke1] = client.startLogin(must(parsePassword(text)));
    const { state, ke2 } = must(startLogin(setup, "alice", record, ke1));
    return { state, login: client.finishLogin(login, ke2, publicKey(setup)) };
  };
  const { state, login } = logIn("pa\u0308sswo\u0308rd");
  const loggedIn = must(login);
  const sessionKey = must(finishLogin(state, loggedIn.ke3));
  expect(loggedIn.sessionKey.open((bytes) => bytes.slice())).toEqual(sessionKey);
  expect(loggedIn.exportKey.open((bytes) => bytes.slice())).toEqual(exportKey.open((bytes) => bytes.slice()));
  expect(logIn("passwort").login).toEqual({ ok: false, error: { type: "refused" } });
});
