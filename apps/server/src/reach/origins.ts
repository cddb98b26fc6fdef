/** Which pages may talk to the server, and which origin users' storage lives under. [S34] [S39] */
import { isIP } from "node:net";

/** The origin of a host and port, as browsers write it. */
export function originOf(scheme: "http" | "https", host: string, port: number): string {
  const name = isIP(host) === 6 ? `[${host}]` : host.toLowerCase();
  return new URL(`${scheme}://${name}:${port}`).origin;
}

/** An origin as an operator typed it, or undefined when it is none: a scheme and a host, no path. */
export function parseOrigin(text: string): string | undefined {
  try {
    const url = new URL(text);
    const bare = url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "";
    return bare && (url.protocol === "https:" || url.protocol === "http:") ? url.origin : undefined;
  } catch {
    return undefined;
  }
}

const LOOPBACK = ["localhost", "127.0.0.1", "::1"];

/** Under plain HTTP, browsers trust these names and no others. */
export const localOrigins = (port: number): readonly string[] => LOOPBACK.map((host) => originOf("http", host, port));

export const isLoopbackHost = (host: string): boolean => LOOPBACK.includes(host.replace(/^\[|\]$/g, "").toLowerCase());

/** Whether browsers give its pages keys, storage and a camera. https://www.w3.org/TR/secure-contexts/ */
export function isTrustworthy(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  return protocol === "https:" || isLoopbackHost(hostname);
}
