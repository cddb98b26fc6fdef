/**
 * The one Trusted Types policy of the app: addresses of our own workers, known when it was built. Nothing else can turn a
 * string into code.
 */

interface Policy {
  readonly createScriptURL: (url: string) => string;
}
interface PolicyFactory {
  readonly createPolicy: (name: string, rules: Policy) => Policy;
}

/**
 * A minter for these addresses, which throws at any other. What it mints is a `TrustedScriptURL` where the browser has
 * such, and is called a string because that is what `new Worker` is declared to take. Called once per page.
 */
export function scriptUrls(addresses: readonly string[]): (address: string) => string {
  const allowed = new Set(addresses.map((address) => new URL(address, location.href).href));
  const check = (address: string): string => {
    const { href } = new URL(address, location.href);
    if (!allowed.has(href)) throw new TypeError("not an address of ours");
    return href;
  };
  const factory = (globalThis as { readonly trustedTypes?: PolicyFactory }).trustedTypes;
  const policy = factory?.createPolicy("megachat", { createScriptURL: check });
  return policy ? (address) => policy.createScriptURL(address) : check;
}
