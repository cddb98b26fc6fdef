/** Calls through the relay only in all pairings and by every transport; `npm test` has one of each, in network.spec.ts. */
import { acrossNetwork } from "./support/across.ts";
import type { Pair } from "./support/browsers.ts";
import { mayMakeNetworks } from "./support/namespaces.ts";
import { haveMet, relayedCall, setRelayOnly } from "./support/relay-only.ts";
import { expect, test } from "./support/test.ts";

const wanted = process.env["MEGACHAT_E2E"] === "all";
if (!wanted) console.log("SKIPPED: calls through the relay in every pairing by every transport; MEGACHAT_E2E=all has them");

const pairs: readonly Pair[] = [
  ["chromium", "firefox"],
  ["firefox", "firefox"],
  ["firefox", "chromium"],
  ["chromium", "chromium"],
];
for (const kinds of wanted && mayMakeNetworks ? pairs : []) {
  test(
    `[M24] F04 ${kinds.join(" and ")} call each other by UDP, TCP and TLS, one and then both through the relay only: their machines never meet`,
    { tag: "@once" },
    async () => {
      await acrossNetwork({ kinds, relay: "coturn" }, async (across) => {
        const { alice, bob } = across;
        await setRelayOnly(alice, true);
        for (const transport of ["udp", "tcp", "tls"] as const) {
          await relayedCall(across, { transport, caller: alice, callee: bob, hidden: [alice] });
          await relayedCall(across, { transport, caller: bob, callee: alice, hidden: [alice] });
        }
        await setRelayOnly(bob, true);
        for (const transport of ["udp", "tcp", "tls"] as const)
          await relayedCall(across, { transport, caller: alice, callee: bob, hidden: [alice, bob] });
        expect(haveMet(across)).toBe(false);
      });
    },
  );
}
