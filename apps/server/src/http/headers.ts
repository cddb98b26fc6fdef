/**
 * What every response says to the browser. [S36]
 *
 * The page may load what the server ships and nothing else: no inline script but those whose hash is named, no string
 * sinks, no other origin, no frame around it, no cookie. Workers take their policy from their own response, so scripts
 * carry the same headers as documents.
 */
import { createHash } from "node:crypto";

const directives = (scriptHashes: readonly string[]): readonly string[] => [
  "default-src 'none'",
  ["script-src 'self' 'wasm-unsafe-eval'", ...scriptHashes].join(" "),
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types megachat",
];

const shut = ["geolocation", "usb", "serial", "hid", "midi", "payment", "accelerometer", "gyroscope", "magnetometer"];
const PERMISSIONS = [
  ...["camera", "microphone", "display-capture", "autoplay", "fullscreen", "screen-wake-lock"].map((name) => `${name}=(self)`),
  ...shut.map((name) => `${name}=()`),
].join(", ");

/** Headers of every response; `scriptHashes` are those of the document's inline scripts. */
export const securityHeaders = (scriptHashes: readonly string[]): Readonly<Record<string, string>> => ({
  "content-security-policy": directives(scriptHashes).join("; "),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "origin-agent-cluster": "?1",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "permissions-policy": PERMISSIONS,
});

/** On documents only: each script they load must carry its hash, so that a swapped file does not run. */
export const INTEGRITY_POLICY = { "integrity-policy": "blocked-destinations=(script)" } as const;

/** CSP sources for the inline scripts of a document, such as its import map. */
export function inlineScriptHashes(html: string): readonly string[] {
  const scripts = html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/gi);
  return [...scripts]
    .filter(([, attributes = "", text = ""]) => !/\bsrc\s*=/i.test(attributes) && text !== "")
    .map(([, , text = ""]) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`);
}
