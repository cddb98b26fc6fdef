/** Two people on machines of their own: names, certificates, relays and cables as they are between houses. */
import { en } from "../packages/ui/src/words/en.ts";
import { acrossNetwork, type Across } from "./support/across.ts";
import type { Pair } from "./support/browsers.ts";
import { connectionsMade, flows } from "./support/media.ts";
import { mayMakeNetworks } from "./support/namespaces.ts";
import { haveMet, relayedCall, setRelayOnly, type Transport } from "./support/relay-only.ts";
import { expect, test } from "./support/test.ts";

/** A direct call with a picture, which outlives a cable pulled for some seconds. */
async function directCall({ alice, bob }: Across): Promise<void> {
  await alice.openChat(bob.name);
  await alice.call("video");
  await bob.acceptCall();
  await flows(alice.page, "video");
  await flows(bob.page, "video");
  bob.line.cut();
  await expect(alice.page.getByText(/Reconnecting/)).toBeVisible({ timeout: 20_000 });
  bob.line.mend();
  await flows(alice.page, "video");
  await flows(bob.page, "video");
  await alice.hangUp();
  await expect(bob.page.getByText(en.callEnd.hungUpPeer(alice.name))).toBeVisible({ timeout: 30_000 });
}

if (!mayMakeNetworks) console.log("SKIPPED: calls across a network and through a relay need root, for network namespaces");

const seats: readonly (readonly [kinds: Pair, transport: Transport, hidden: "caller" | "both"])[] = [
  [["chromium", "firefox"], "tcp", "both"],
  [["firefox", "firefox"], "udp", "caller"],
  [["firefox", "chromium"], "tls", "both"],
];
for (const [kinds, transport, who] of mayMakeNetworks ? seats : []) {
  test(
    `[M24] F04 across a network, ${kinds.join(" and ")}: HTTPS by name under the home authority; a call through the relay by ${transport}, in which their machines never meet; and a direct one that outlives a cable pulled for some seconds`,
    { tag: "@once" },
    async () => {
      await acrossNetwork({ kinds, relay: "coturn" }, async (across) => {
        const { alice, bob } = across;
        const hidden = who === "both" ? [alice, bob] : [alice];
        for (const person of hidden) await setRelayOnly(person, true);
        await relayedCall(across, { transport, caller: alice, callee: bob, hidden });
        expect(haveMet(across)).toBe(false);
        for (const person of hidden) await setRelayOnly(person, false);
        await directCall(across);
        // The control of what was not seen before.
        expect(haveMet(across)).toBe(true);
      });
    },
  );
}

if (mayMakeNetworks)
  test(
    "[L19] across a network, chromium and chromium: who calls through a relay that is not there is told so, and has connected to nothing; a direct call outlives a cable pulled for some seconds",
    { tag: "@once" },
    async () => {
      await acrossNetwork({ kinds: ["chromium", "chromium"] }, async (across) => {
        const { alice, bob } = across;
        await setRelayOnly(alice, true);
        await alice.openChat(bob.name);
        await alice.call("audio");
        await expect(alice.page.getByText(en.callEnd.noRelay)).toBeVisible();
        await bob.openChat(alice.name);
        await bob.call("audio");
        await alice.acceptCall();
        await expect(bob.page.getByText(en.callEnd.declinedPeer(alice.name))).toBeVisible();
        await expect(alice.page.getByText(en.callEnd.noRelay)).toBeVisible();
        expect(await connectionsMade(alice.page)).toBe(0);
        await setRelayOnly(alice, false);
        await directCall(across);
      });
    },
  );
