/** What a browser shows that came by plain HTTP from another machine. [S38] */

const escape = (text: string): string => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

/** One page, no script, no style: it must work where nothing else does. */
export const whyHttpsPage = (host: string): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>MegaChat needs HTTPS</title></head>
<body>
<h1>MegaChat needs HTTPS here</h1>
<p>This page came over plain HTTP from <b>${escape(host)}</b>. On such a page a browser gives neither camera nor microphone,
and no encryption and no storage either: nothing of MegaChat could work, and anyone on the way could change the page.</p>
<h2>If you run this server</h2>
<ul>
<li>On the same machine, open <b>http://localhost</b> with the port that was printed.</li>
<li>On a home or office network, start it with <code>npm start -- --lan</code> and follow the printed steps.</li>
<li>On a public host, start it with <code>npm start -- --tls cert.pem,key.pem</code>, or behind a proxy with
<code>npm start -- --behind-proxy --origin https://your.name</code>.</li>
</ul>
<h2>If somebody sent you here</h2>
<p>Ask them for an address that begins with <b>https://</b>.</p>
</body>
</html>
`;
