/** Which browser this is, only for explaining where its permissions are set. */
import type { BrowserKind } from "./environment.ts";

export function browserKind(userAgent: string): BrowserKind {
  if (/firefox|fxios/iu.test(userAgent)) return "firefox";
  if (/chrom(?:e|ium)|edg\//iu.test(userAgent)) return "chromium";
  return /safari/iu.test(userAgent) ? "safari" : "other";
}
