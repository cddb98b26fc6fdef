/** Calls through the relay only, and who learned which address from them. [M24] */
import { expect } from "@playwright/test";
import { en } from "../../packages/ui/src/words/en.ts";
import type { Across } from "./across.ts";
import { flows, holdTo, wayOf } from "./media.ts";
import type { Person } from "./person.ts";

/** How a browser speaks to the relay, as statistics have it. */
export type Transport = "udp" | "tcp" | "tls";
const servers: Readonly<Record<Transport, RegExp>> = {
  udp: /^turn:.*transport=udp$/,
  tcp: /^turn:.*transport=tcp$/,
  tls: /^turns:/,
};

/** As a person does it, in the settings. */
export async function setRelayOnly({ page }: Person, wanted: boolean): Promise<void> {
  const places = page.getByRole("navigation", { name: en.places.label });
  await places.getByRole("button", { name: new RegExp(en.places.you("").slice(2)) }).click();
  const settings = page.getByRole("dialog", { name: en.settings.title });
  const relayOnly = settings.getByRole("switch", { name: en.settings.relayOnly });
  if ((await relayOnly.isChecked()) !== wanted) await relayOnly.click();
  await expect(relayOnly).toBeChecked({ checked: wanted });
  await page.keyboard.press("Escape");
  await expect(settings).toBeHidden();
}

/** A call with a picture by one transport to the relay. Of those who hide, the other side learns the relay's address alone. */
export async function relayedCall(
  { relay }: Across,
  { transport, caller, callee, hidden }: { transport: Transport; caller: Person; callee: Person; hidden: readonly Person[] },
): Promise<void> {
  for (const { page } of [caller, callee]) await holdTo(page, servers[transport]);
  await caller.openChat(callee.name);
  await caller.call("video");
  await callee.acceptCall();
  await flows(caller.page, "video");
  await flows(callee.page, "video");
  for (const person of hidden) {
    const own = await wayOf(person.page);
    expect(own).toMatchObject({ local: "relay", relayProtocol: transport });
    expect(own.gathered.filter((line) => !line.includes(" typ relay "))).toEqual([]);
    const told = await wayOf((person === caller ? callee : caller).page);
    expect(new Set(told.remoteAddresses)).toEqual(new Set([relay?.relaying]));
  }
  await caller.hangUp();
  await expect(callee.page.getByText(en.callEnd.hungUpPeer(caller.name))).toBeVisible({ timeout: 30_000 });
}

/** Whether either machine has looked for the other on the wire, which comes before the first packet. */
export const haveMet = ({ left, right }: Across): boolean =>
  left.lookedFor().includes(right.address) || right.lookedFor().includes(left.address);
