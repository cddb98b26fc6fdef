/** What a browser shows that came by plain HTTP from another machine. [S38] */

export interface WhyHttps {
  /** The name that the browser used. */
  readonly host: string;
  /** Where the same server speaks HTTPS, if it does. */
  readonly secureUrl: string | null;
  /** Whether it speaks it under an authority of its own, which can be fetched here. */
  readonly authority: boolean;
}

/** Where the authority's certificate is, by plain HTTP too: who has no trust yet compares fingerprints anyway. */
export const AUTHORITY_PATH = "/megachat-authority.crt";

const escape = (text: string): string => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

/** One page, no script, no style: it must work where nothing else does. */
export const whyHttpsPage = ({ host, secureUrl, authority }: WhyHttps): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>MegaChat needs HTTPS</title></head>
<body>
<h1>MegaChat needs HTTPS here</h1>
<p>This page came over plain HTTP from <b>${escape(host)}</b>. On such a page a browser gives neither camera nor microphone,
and no encryption and no storage either: nothing of MegaChat could work, and anyone on the way could change the page.</p>
${authority ? trustFirst : ""}${secureUrl === null ? forOperators : `<p>Go on at <a href="${escape(secureUrl)}">${escape(secureUrl)}</a>.</p>`}
</body>
</html>
`;

const trustFirst = `<h2>The first time on this device</h2>
<p>Fetch <a href="${AUTHORITY_PATH}">the certificate of this server's own authority</a> and let the browser trust it for websites. Compare its
SHA-256 fingerprint with the one that the server printed when it started: only if they are equal is it this server's.</p>
`;

const forOperators = `<h2>If you run this server</h2>
<ul>
<li>On the same machine, open <b>http://localhost</b> with the port that was printed.</li>
<li>On a home or office network, start it with <code>npm start -- --lan</code> and follow the printed steps.</li>
<li>On a public host, start it with <code>npm start -- --tls cert.pem,key.pem</code>, or behind a proxy with
<code>npm start -- --behind-proxy --origin https://your.name</code>.</li>
</ul>
<h2>If somebody sent you here</h2>
<p>Ask them for an address that begins with <b>https://</b>.</p>`;
