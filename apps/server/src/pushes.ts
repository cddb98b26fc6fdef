/** Pushes: encoded once, sent to as many connections as there are. [S28] */
import { encode, ServerFrame, type Push } from "@megachat/wire";
import type { Bus } from "./bus.ts";
import type { InboxDelivery, StoredRow } from "./store/port.ts";

export const encodePush = (push: Push): Uint8Array => encode(ServerFrame, { type: "push", push });

function publish(bus: Bus, devices: readonly Uint8Array[], push: Push): void {
  if (devices.length > 0) bus.publish(devices, { type: "frame", bytes: encodePush(push) });
}

export const pushRow = (bus: Bus, devices: readonly Uint8Array[], log: Uint8Array<ArrayBuffer>, row: StoredRow): void =>
  publish(bus, devices, { type: "rowPush", log, row });

export const pushInbox = (bus: Bus, { devices, item }: InboxDelivery): void => publish(bus, devices, { type: "inboxPush", item });

export const pushTransient = (
  bus: Bus,
  devices: readonly Uint8Array[],
  log: Uint8Array<ArrayBuffer>,
  body: Uint8Array<ArrayBuffer>,
): void => publish(bus, devices, { type: "transientPush", log, body });
