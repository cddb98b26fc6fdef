/** What an operator has to do once per browser, so that a home network's HTTPS is trusted. */
import { resolve } from "node:path";
import type { Lan } from "./lan.ts";

export const lanNotes = (lan: Lan, dataDir: string, origins: readonly string[]): readonly string[] => [
  "",
  "Every browser has to trust this server's own authority once. Its certificate is",
  `  ${resolve(dataDir, "lan", "megachat-authority.crt")}`,
  "  or, from another device, http:// instead of https:// at the address below. Compare the fingerprint before trusting it:",
  `  ${lan.fingerprint}`,
  "  Firefox            Settings > Privacy & Security > View Certificates > Authorities > Import, for websites",
  "  Chrome on Linux    Settings > Privacy and security > Security > Manage certificates > Authorities / Custom > Import",
  "  Windows            open the file > Install Certificate > Current User > Trusted Root Certification Authorities",
  "  macOS              open the file in Keychain Access > Get Info > Trust > Always Trust",
  "  Android            Settings > Security > Encryption & credentials > Install a certificate > CA certificate",
  "  iPhone, iPad       open the file > Settings > Profile Downloaded; then General > About > Certificate Trust Settings",
  "",
  "Where the name below is not found, start with --origin and one of these. Keep to one: under each, browsers keep a storage of its own.",
  ...origins.slice(1).map((origin) => `  ${origin}`),
  "",
  "The authority can vouch for this host's names and private addresses only. Without a service worker, the app is not installable here.",
  "",
];
