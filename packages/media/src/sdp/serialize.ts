/**
 * The only source of text for `setRemoteDescription`. [M1] [M3] [M5]
 *
 * Every line is a constant with numbers, hexadecimal or ice-chars from the typed description in it; the codec has
 * bounded each. Candidates pass the policy once more: they are the peer's.
 */
import { toHex } from "@megachat/base";
import type { SessionAnswer, SessionOffer } from "@megachat/wire";
import { formatCandidate, isAllowed } from "./candidate.ts";
import { extensionUris, feedbackLines } from "./names.ts";

/** `revision` counts the descriptions of one connection from 0 (RFC 8829 §5.2.2). */
export const serializeOffer = (offer: SessionOffer, revision: number): string => serialize(offer, "actpass", revision);
export const serializeAnswer = (answer: SessionAnswer, revision: number): string => serialize(answer, answer.dtlsRole, revision);

function serialize(facts: SessionOffer, setup: string, revision: number): string {
  const { audio, video } = facts;
  const transport = [
    "c=IN IP4 0.0.0.0",
    `a=ice-ufrag:${facts.iceUfrag}`,
    `a=ice-pwd:${facts.icePwd}`,
    "a=ice-options:trickle",
    `a=fingerprint:sha-256 ${colons(facts.fingerprint)}`,
    `a=setup:${setup}`,
    "a=sendrecv",
    "a=rtcp-mux",
    "a=rtcp-rsize",
  ];
  const rtx = video.rtxPayloadType;
  const lines = [
    "v=0",
    `o=- 1 ${revision} IN IP4 0.0.0.0`,
    "s=-",
    "t=0 0",
    "a=group:BUNDLE 0 1",
    "a=msid-semantic:WMS *",
    `m=audio 9 UDP/TLS/RTP/SAVPF ${audio.payloadType}`,
    ...transport,
    "a=mid:0",
    "a=msid:call audio",
    `a=rtpmap:${audio.payloadType} opus/48000/2`,
    // Constant bit rate: the length of a packet would tell what is said, though nobody can open it (RFC 6562 §3).
    `a=fmtp:${audio.payloadType} minptime=10;useinbandfec=1;usedtx=0;cbr=1`,
    ...audio.feedback.map((kind) => `a=rtcp-fb:${audio.payloadType} ${feedbackLines[kind]}`),
    ...audio.extensions.map(({ id, name }) => `a=extmap:${id} ${extensionUris[name]}`),
    ...(audio.ssrc === null ? [] : [`a=ssrc:${audio.ssrc} cname:call`]),
    ...facts.candidates.filter(isAllowed).map((candidate) => `a=${formatCandidate(candidate)}`),
    `m=video 9 UDP/TLS/RTP/SAVPF ${[video.payloadType, ...(rtx === null ? [] : [rtx])].join(" ")}`,
    ...transport,
    "a=mid:1",
    "a=msid:call video",
    `a=rtpmap:${video.payloadType} VP8/90000`,
    ...(rtx === null ? [] : [`a=rtpmap:${rtx} rtx/90000`, `a=fmtp:${rtx} apt=${video.payloadType}`]),
    ...video.feedback.map((kind) => `a=rtcp-fb:${video.payloadType} ${feedbackLines[kind]}`),
    ...video.extensions.map(({ id, name }) => `a=extmap:${id} ${extensionUris[name]}`),
    ...(video.rtxSsrc === null ? [] : [`a=ssrc-group:FID ${video.ssrc} ${video.rtxSsrc}`]),
    ...(video.ssrc === null ? [] : [`a=ssrc:${video.ssrc} cname:call`]),
    ...(video.rtxSsrc === null ? [] : [`a=ssrc:${video.rtxSsrc} cname:call`]),
  ];
  return `${lines.join("\r\n")}\r\n`;
}

const colons = (bytes: Uint8Array): string => Array.from(bytes, (byte) => toHex(Uint8Array.of(byte)).toUpperCase()).join(":");
