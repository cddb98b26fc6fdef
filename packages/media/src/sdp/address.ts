/** Candidate addresses as text and as bytes. One spelling is read per form that browsers write; names other than `<uuid>.local` are no addresses. [M2] */
import { toHex } from "@megachat/base";
import type { CandidateAddress } from "@megachat/wire";

export function parseAddress(text: string): CandidateAddress | undefined {
  return parseMdns(text) ?? parseIp4(text) ?? parseIp6(text);
}

export function formatAddress({ kind, value }: CandidateAddress): string {
  switch (kind) {
    case "ip4":
      return value.join(".");
    case "ip6":
      return Array.from({ length: 8 }, (_, i) => (((value[2 * i] ?? 0) << 8) | (value[2 * i + 1] ?? 0)).toString(16)).join(":");
    case "mdns": {
      const hex = toHex(value);
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}.local`;
    }
  }
}

/** The names under which browsers hide local addresses (draft-ietf-mmusic-mdns-ice-candidates). */
function parseMdns(text: string): CandidateAddress | undefined {
  const match = /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\.local$/i.exec(text);
  if (!match) return undefined;
  const hex = match.slice(1).join("");
  return { kind: "mdns", value: Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16)) };
}

function parseIp4(text: string): CandidateAddress | undefined {
  const parts = text.split(".");
  // No leading zeros: some parsers take them for octal, and two readers must not see two addresses.
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return undefined;
  return { kind: "ip4", value: Uint8Array.from(parts, Number) };
}

/** RFC 4291 §2.2 without zones and without the dotted form, which browsers do not write for candidates. */
function parseIp6(text: string): CandidateAddress | undefined {
  if (text.length > 39) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === "" ? [] : half.split(":")));
  const [front = [], back = []] = groups;
  if (![...front, ...back].every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  const missing = 8 - front.length - back.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const all = [...front, ...Array.from({ length: missing }, () => "0"), ...back].map((group) => Number.parseInt(group, 16));
  return { kind: "ip6", value: Uint8Array.from(all.flatMap((group) => [group >> 8, group & 255])) };
}
