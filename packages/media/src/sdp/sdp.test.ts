import { encode, SessionAnswer, SessionOffer } from "@megachat/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatAddress, parseAddress } from "./address.ts";
import { formatCandidate, isAllowed, parseCandidate } from "./candidate.ts";
import { parseAnswer, parseOffer } from "./parse.ts";
import { serializeAnswer, serializeOffer } from "./serialize.ts";

const lines = (text: string): string => `${text.trim().split("\n").join("\r\n")}\r\n`;

/** As Chromium 156 writes it for two transceivers without tracks. */
const CHROMIUM_OFFER = lines(`
v=0
o=- 191613282693958401 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=extmap-allow-mixed
a=msid-semantic: WMS
m=audio 41638 UDP/TLS/RTP/SAVPF 111
c=IN IP4 192.0.2.2
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:331023123 1 udp 2122194687 192.0.2.2 41638 typ host generation 0 network-id 1
a=candidate:348745635 1 udp 2122265343 fd00::2 42664 typ host generation 0 network-id 2
a=candidate:1836376459 1 tcp 1518214911 192.0.2.2 9 typ host tcptype active generation 0 network-id 1
a=candidate:842163049 1 udp 1677729535 198.51.100.7 46154 typ srflx raddr 192.0.2.2 rport 41638 generation 0 network-id 1
a=ice-ufrag:DN99
a=ice-pwd:w3kDLg4jDIHgvgjkKAuDB4fb
a=ice-options:trickle
a=fingerprint:sha-256 B5:82:03:BC:7F:05:35:10:7A:EA:44:61:82:49:F2:29:66:27:13:0E:36:8F:81:38:03:D7:E9:71:4E:91:F9:9E
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=sendrecv
a=msid:- b7c8d019-9154-418f-86d5-96da2ddbe3a9
a=rtcp-mux
a=rtcp-rsize
a=rtcp-xr:rcvr-rtt=all
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=ssrc:4110951133 cname:KlZDAtcU1dA+mCf0
a=ssrc:4110951133 msid:- b7c8d019-9154-418f-86d5-96da2ddbe3a9
m=video 9 UDP/TLS/RTP/SAVPF 96 97
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:DN99
a=ice-pwd:w3kDLg4jDIHgvgjkKAuDB4fb
a=ice-options:trickle
a=fingerprint:sha-256 B5:82:03:BC:7F:05:35:10:7A:EA:44:61:82:49:F2:29:66:27:13:0E:36:8F:81:38:03:D7:E9:71:4E:91:F9:9E
a=setup:actpass
a=mid:1
a=extmap:14 urn:ietf:params:rtp-hdrext:toffset
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:13 urn:3gpp:video-orientation
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=sendrecv
a=msid:- 0e1a6d1b-44fd-464a-bbea-0393a967942e
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 goog-remb
a=rtcp-fb:96 transport-cc
a=rtcp-fb:96 ccm fir
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=ssrc-group:FID 1400038793 2661545434
a=ssrc:1400038793 cname:KlZDAtcU1dA+mCf0
a=ssrc:2661545434 cname:KlZDAtcU1dA+mCf0`);

/** As Firefox ESR 153 answers. */
const FIREFOX_ANSWER = lines(`
v=0
o=mozilla...THIS_IS_SDPARTA-99.0 7473437055002847311 0 IN IP4 0.0.0.0
s=-
t=0 0
a=sendrecv
a=fingerprint:sha-256 7C:DE:D5:CF:53:F9:68:34:E8:8F:62:B1:CC:08:BF:AB:4B:4E:07:F3:F0:B4:8E:7F:2F:76:9C:A1:87:76:26:A8
a=group:BUNDLE 0 1
a=ice-options:trickle
a=msid-semantic:WMS *
m=audio 9 UDP/TLS/RTP/SAVPF 109
c=IN IP4 0.0.0.0
a=candidate:0 1 UDP 2122187007 ef2063e4-ae88-44e9-a258-5b3d1a200e6a.local 47746 typ host
a=candidate:2 1 TCP 2105458943 ef2063e4-ae88-44e9-a258-5b3d1a200e6a.local 9 typ host tcptype active
a=candidate:0 2 UDP 2122187006 ef2063e4-ae88-44e9-a258-5b3d1a200e6a.local 43620 typ host
a=sendrecv
a=end-of-candidates
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap-allow-mixed
a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1
a=ice-pwd:7f71956e35220bd9296d9bd55554040b
a=ice-ufrag:219eb78e
a=mid:0
a=msid:- {2c7d62bf-e24c-44a3-9a11-5b02ab880afe}
a=rtcp-fb:109 transport-cc
a=rtcp-mux
a=rtpmap:109 opus/48000/2
a=setup:active
a=ssrc:2024792900 cname:{30dc4fbc-1807-4bbe-8eaa-6688690698a7}
m=video 9 UDP/TLS/RTP/SAVPF 120 124
c=IN IP4 0.0.0.0
a=sendrecv
a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:4 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=fmtp:120 max-fs=12288;max-fr=60
a=fmtp:124 apt=120
a=ice-pwd:7f71956e35220bd9296d9bd55554040b
a=ice-ufrag:219eb78e
a=mid:1
a=rtcp-fb:120 nack
a=rtcp-fb:120 nack pli
a=rtcp-fb:120 ccm fir
a=rtcp-fb:120 goog-remb
a=rtcp-fb:120 transport-cc
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:120 VP8/90000
a=rtpmap:124 rtx/90000
a=setup:active
a=ssrc:2933942047 cname:{30dc4fbc-1807-4bbe-8eaa-6688690698a7}
a=ssrc:2035249568 cname:{30dc4fbc-1807-4bbe-8eaa-6688690698a7}
a=ssrc-group:FID 2933942047 2035249568`);

const must = <T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};

describe("browsers' descriptions", () => {
  test("[M4] Chromium's offer becomes the facts of a call", () => {
    const offer = must(parseOffer(CHROMIUM_OFFER));
    expect(offer).toMatchObject({
      iceUfrag: "DN99",
      icePwd: "w3kDLg4jDIHgvgjkKAuDB4fb",
      audio: { payloadType: 111, ssrc: 4110951133, feedback: ["transportCc"] },
      video: { payloadType: 96, rtxPayloadType: 97, ssrc: 1400038793, rtxSsrc: 2661545434 },
    });
    expect(offer.fingerprint.subarray(0, 2)).toEqual(Uint8Array.of(0xb5, 0x82));
    expect(offer.candidates.map(({ kind, address }) => [kind, address.kind])).toEqual([
      ["host", "ip4"],
      ["host", "ip6"],
      ["srflx", "ip4"],
    ]);
    expect(offer.video.extensions.map(({ id, name }) => [id, name])).toEqual([
      [4, "mid"],
      [3, "transportWideCc"],
      [2, "absSendTime"],
    ]);
  });

  test("[M4] Firefox's answer becomes the facts of a call, without component 2 and TCP", () => {
    const answer = must(parseAnswer(FIREFOX_ANSWER));
    expect(answer).toMatchObject({ dtlsRole: "active", iceUfrag: "219eb78e", video: { ssrc: 2933942047, rtxSsrc: 2035249568 } });
    expect(answer.candidates.map(({ port, address }) => [port, address.kind])).toEqual([[47746, "mdns"]]);
  });

  test("[M1] what is serialised parses to the same facts", () => {
    const offer = must(parseOffer(CHROMIUM_OFFER));
    expect(must(parseOffer(serializeOffer(offer, 3)))).toEqual(offer);
    const answer = must(parseAnswer(FIREFOX_ANSWER));
    expect(must(parseAnswer(serializeAnswer(answer, 0)))).toEqual(answer);
  });

  test("[M5] no audio level, orientation or other header in clear survives, and sound has a constant rate", () => {
    const text = serializeOffer(must(parseOffer(CHROMIUM_OFFER)), 0);
    expect(text).not.toMatch(/audio-level|orientation|toffset/);
    expect(text).toMatch(/a=fmtp:111 .*usedtx=0;cbr=1/);
  });

  test.each([
    ["an offer where an answer belongs", "a=setup:actpass", "a=setup:holdconn"],
    ["no BUNDLE", "a=group:BUNDLE 0 1", "a=group:BUNDLE 0"],
    ["another fingerprint in the second section", "m=video", "m=video"],
    ["a weaker hash", "sha-256", "sha-1"],
    ["no VP8", "VP8/90000", "H264/90000"],
    ["a receiving section", "a=sendrecv", "a=recvonly"],
    ["no rtcp-mux", "a=rtcp-mux\r\n", ""],
    ["a plain profile", "UDP/TLS/RTP/SAVPF", "RTP/AVP"],
  ])("[M4] %s is an error", (name, from, to) => {
    const text = name.startsWith("another")
      ? CHROMIUM_OFFER.replace(/(m=video[^]*?sha-256 )B5/, "$1B6")
      : CHROMIUM_OFFER.replaceAll(from, to);
    expect(text).not.toBe(CHROMIUM_OFFER);
    expect(parseOffer(text).ok).toBe(false);
  });

  test("[M4] mutated descriptions parse to nothing or to facts that the wire can carry, and never throw", () => {
    const words = [
      "a=candidate:",
      "a=ssrc:1 x",
      "a=setup:active",
      "m=video 9 UDP/TLS/RTP/SAVPF 96",
      "a=extmap:4 ",
      "\u0000",
      "a=mid:0",
      "97",
      "sha-256",
      ":",
      "\n",
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(CHROMIUM_OFFER, FIREFOX_ANSWER),
        fc.array(fc.tuple(fc.nat(), fc.nat(60), fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 12 }))), {
          minLength: 1,
          maxLength: 5,
        }),
        (text, changes) => {
          let changed = text;
          for (const [at, drop, put] of changes) {
            const from = at % changed.length;
            changed = changed.slice(0, from) + put + changed.slice(from + drop);
          }
          const offer = parseOffer(changed);
          if (offer.ok) encode(SessionOffer, offer.value);
          const answer = parseAnswer(changed);
          if (answer.ok) encode(SessionAnswer, answer.value);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe("addresses and candidates", () => {
  test("[M2] every address is read back from its text", () => {
    const bytes = (n: number) => fc.uint8Array({ minLength: n, maxLength: n }).map((value) => new Uint8Array(value));
    const address = fc.oneof(
      fc.record({ kind: fc.constant("ip4" as const), value: bytes(4) }),
      fc.record({ kind: fc.constant("ip6" as const), value: bytes(16) }),
      fc.record({ kind: fc.constant("mdns" as const), value: bytes(16) }),
    );
    fc.assert(
      fc.property(address, (value) => {
        expect(parseAddress(formatAddress(value))).toEqual(value);
      }),
    );
  });

  test.each(["fd00::2", "::1", "2001:db8::8:800:200c:417a", "1:2:3:4:5:6:7:8"])("[M2] %s is an address", (text) => {
    expect(parseAddress(text)?.kind).toBe("ip6");
  });

  test.each([
    "internal.example",
    "localhost",
    "metadata.google.internal",
    "printer.local",
    "ef2063e4-ae88-44e9-a258-5b3d1a200e6a.local.evil.example",
    "ef2063e4-ae88-44e9-a258-5b3d1a200e6a.localx",
    "0x7f.1",
    "127.1",
    "010.0.0.1",
    "1.2.3.256",
    "1::2::3",
    "fe80::1%eth0",
    "::ffff:127.0.0.1",
    ":1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "",
  ])("[M2] %s is none", (text) => {
    expect(parseAddress(text)).toBeUndefined();
    expect(parseCandidate(`candidate:1 1 udp 1 ${text} 50000 typ host`).ok).toBe(false);
  });

  test.each([
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "169.254.169.254",
    "224.0.0.251",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:7f00:1",
    "64:ff9b::7f00:1",
    "fe80::1",
    "febf::1",
    "ff02::fb",
  ])("[M3] a candidate at %s is never tried", (text) => {
    expect(parseCandidate(`candidate:1 1 udp 1 ${text} 50000 typ host`)).toEqual({ ok: false, error: { type: "notAllowed" } });
    const address = parseAddress(text);
    if (!address) throw new Error("not an address");
    const offer = {
      ...must(parseOffer(CHROMIUM_OFFER)),
      candidates: [{ foundation: 1, priority: 1, address, port: 50000, kind: "host" as const }],
    };
    expect(serializeOffer(offer, 0)).not.toContain("a=candidate");
  });

  test.each(["192.168.1.5", "10.0.0.1", "192.0.2.2", "fd00::2", "fec0::1", "2001:db8::1"])("[M3] one at %s is", (text) => {
    expect(parseCandidate(`candidate:1 1 udp 1 ${text} 50000 typ host`).ok).toBe(true);
    expect(parseCandidate(`candidate:1 1 udp 1 ${text} 53 typ host`)).toEqual({ ok: false, error: { type: "notAllowed" } });
  });

  test("[M3] a name is a host and nothing else", () => {
    const name = parseAddress("ef2063e4-ae88-44e9-a258-5b3d1a200e6a.local");
    if (!name) throw new Error("not an address");
    expect(isAllowed({ address: name, port: 50000, kind: "host" })).toBe(true);
    expect(isAllowed({ address: name, port: 50000, kind: "relay" })).toBe(false);
  });

  test("[M2] any line is refused or comes back from its own text, and never throws", () => {
    const part = fc.oneof(
      fc.constantFrom("candidate:1", "1", "udp", "typ", "host", "relay", "192.0.2.9", "fd00::9", "50000"),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
        const read = parseCandidate(parts.join(" "));
        if (read.ok) expect(must(parseCandidate(formatCandidate(read.value)))).toEqual(read.value);
      }),
      { numRuns: 2000 },
    );
  });
});
