/** Whose traffic it is, for limits only: never stored, never logged. [S32] */
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/**
 * What limits count by: an IPv4 address, or the /64 of an IPv6 one, since whoever has one such address has all of them.
 */
export function addressKey(address: string): string {
  const bare = address.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
  if (isIP(bare) !== 6) return bare;
  return `${groupsOf(bare).slice(0, 4).join(":")}::/64`;
}

/** The eight groups of a valid IPv6 address, without leading zeros. */
function groupsOf(address: string): readonly string[] {
  const [head = "", tail] = address.toLowerCase().split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array<string>(zeros).fill("0"), ...right].map((group) => group.replace(/^0+(?=.)/, ""));
}

/**
 * The peer's address. Behind `proxies` proxies of our own it is the entry that the outermost of them wrote: everything
 * left of it in X-Forwarded-For is the client's own invention. Without proxies the header is not read.
 */
export function peerAddress(request: IncomingMessage, proxies: number): string {
  const socket = request.socket.remoteAddress ?? "";
  if (proxies === 0) return socket;
  const header = request.headers["x-forwarded-for"];
  const hops = (Array.isArray(header) ? header.join(",") : (header ?? "")).split(",").map((hop) => hop.trim());
  const claimed = hops.at(-proxies) ?? "";
  return isIP(claimed) === 0 ? socket : claimed;
}
