/**
 * A path between two ends that can be cut: each end is told the address of a UDP socket of ours in place of the other's,
 * and what comes in at one goes out at the other. Everything passes: STUN, DTLS, media.
 */
import type { Candidate } from "@megachat/wire";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { networkInterfaces } from "node:os";

export interface Relay {
  /** What the other end is told in place of these candidates of `from`; nothing when there is no IPv4 address among them. */
  readonly instead: (from: "caller" | "callee", candidates: readonly Candidate[]) => Promise<readonly Candidate[]>;
  up: boolean;
  readonly packets: () => number;
  readonly close: () => void;
}

interface Leg {
  readonly socket: Socket;
  /** Where the end is that this leg stands for the other side of. */
  end: { readonly address: string; readonly port: number } | null;
}

export async function openRelay(): Promise<Relay> {
  const host = outerAddress();
  const leg = async (): Promise<Leg> => {
    const socket = createSocket("udp4").bind(0, host);
    await once(socket, "listening");
    return { socket, end: null };
  };
  // `caller` is the leg that the callee sends to, standing for the caller, and the other way round.
  const legs = { caller: await leg(), callee: await leg() };
  let packets = 0;
  const relay: Relay = {
    up: true,
    packets: () => packets,
    instead: (from, candidates) => {
      const direct = candidates.find(({ address, kind }) => address.kind === "ip4" && kind === "host");
      if (!direct) return Promise.resolve([]);
      legs[from].end = { address: [...direct.address.value].join("."), port: direct.port };
      const { port } = legs[from].socket.address();
      return Promise.resolve([{ ...direct, address: { kind: "ip4", value: Uint8Array.from(host.split("."), Number) }, port }]);
    },
    close: () => {
      legs.caller.socket.close();
      legs.callee.socket.close();
    },
  };
  const pass = (into: Leg, out: Leg): void => {
    into.socket.on("message", (message) => {
      packets++;
      if (relay.up && into.end) out.socket.send(message, into.end.port, into.end.address);
    });
  };
  // What is sent to the caller's stand-in leaves from the callee's, whose address the caller knows.
  pass(legs.caller, legs.callee);
  pass(legs.callee, legs.caller);
  return relay;
}

export function outerAddress(): string {
  const found = Object.values(networkInterfaces())
    .flat()
    .find((each) => each && !each.internal && each.family === "IPv4");
  if (!found) throw new Error("browsers gather no addresses without a network interface");
  return found.address;
}
