/**
 * ICE candidates: from a browser's line to a typed value, back again, and which of them may be tried at all. [M2] [M3]
 *
 * A candidate makes this browser send packets to an address that somebody else chose. So what no honest peer can have,
 * this machine itself, link-local and multicast addresses, the ports of system services, is refused on both sides.
 */
import { err, ok, type Result } from "@megachat/base";
import type { Candidate, CandidateAddress } from "@megachat/wire";
import { formatAddress, parseAddress } from "./address.ts";

export type CandidateError =
  | { readonly type: "malformed" }
  /** TCP, or component 2: neither is ever used here. */
  | { readonly type: "notUsed" }
  | { readonly type: "notAllowed" };

/** Reads `candidate:…` as RFC 8839 §5.1 has it, with or without `a=`. Bounded and total; extensions are skipped. */
export function parseCandidate(line: string): Result<Candidate, CandidateError> {
  const malformed = err({ type: "malformed" });
  if (line.length > 512) return malformed;
  const [head = "", component, protocol = "", priority = "", where = "", port = "", typ, kind = ""] = line
    .replace(/^a=/, "")
    .split(" ");
  const foundation = /^candidate:([A-Za-z0-9+/]{1,32})$/.exec(head)?.[1];
  if (foundation === undefined || typ !== "typ" || !isUint(priority, 0xffff_ffff) || !isUint(port, 0xffff)) return malformed;
  if (component !== "1" || protocol.toLowerCase() !== "udp") return err({ type: "notUsed" });
  const address = parseAddress(where);
  if (!address || !isKind(kind)) return malformed;
  const candidate = { foundation: foundationNumber(foundation), priority: Number(priority), address, port: Number(port), kind };
  return isAllowed(candidate) ? ok(candidate) : err({ type: "notAllowed" });
}

/** The line for a description, without `a=`. */
export function formatCandidate({ foundation, priority, address, port, kind }: Candidate): string {
  // Firefox refuses the other kinds without a related address; this one tells nothing.
  const related = kind === "host" ? "" : address.kind === "ip6" ? " raddr :: rport 0" : " raddr 0.0.0.0 rport 0";
  return `candidate:${foundation} 1 udp ${priority} ${formatAddress(address)} ${port} typ ${kind}${related}`;
}

/** Browsers' own ports are ephemeral, so lower ones are somebody's service. */
const LOWEST_PORT = 1024;

export function isAllowed({ address, port, kind }: Pick<Candidate, "address" | "port" | "kind">): boolean {
  if (port < LOWEST_PORT) return false;
  switch (address.kind) {
    case "mdns":
      return kind === "host";
    case "ip4":
      return !refused4.some(({ prefix, bits }) => matches(address, prefix, bits));
    case "ip6":
      return !refused6.some(({ prefix, bits }) => matches(address, prefix, bits));
  }
}

// Private addresses (10/8, fc00::/7, …) stay: two people in one house reach each other by them, and only contacts call.
const refused4 = [
  { prefix: [0], bits: 8 },
  { prefix: [127], bits: 8 },
  // Link-local, with the metadata service of clouds.
  { prefix: [169, 254], bits: 16 },
  // Multicast, reserved and broadcast.
  { prefix: [224], bits: 3 },
];
const refused6 = [
  // Unspecified, loopback, IPv4-compatible.
  { prefix: Array.from({ length: 12 }, () => 0), bits: 96 },
  // IPv4-mapped and NAT64 would go around the list above.
  { prefix: [...Array.from({ length: 10 }, () => 0), 0xff, 0xff], bits: 96 },
  { prefix: [0, 0x64, 0xff, 0x9b], bits: 32 },
  { prefix: [0xfe, 0x80], bits: 10 },
  { prefix: [0xff], bits: 8 },
];

function matches({ value }: CandidateAddress, prefix: readonly number[], bits: number): boolean {
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = bits - bit >= 8 ? 255 : (255 << (8 - (bits - bit))) & 255;
    if (((value[bit / 8] ?? 0) & mask) !== ((prefix[bit / 8] ?? 0) & mask)) return false;
  }
  return true;
}

const isUint = (text: string, max: number): boolean => /^\d{1,10}$/.test(text) && Number(text) <= max;
const kinds = ["host", "srflx", "prflx", "relay"] as const;
const isKind = (text: string): text is Candidate["kind"] => kinds.some((kind) => kind === text);

/** Both browsers write numbers. Of anything else a hash (FNV-1a) keeps what counts: which foundations are equal. */
function foundationNumber(text: string): number {
  if (isUint(text, 0xffff_ffff)) return Number(text);
  let hash = 0x811c_9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193);
  return hash >>> 0;
}
