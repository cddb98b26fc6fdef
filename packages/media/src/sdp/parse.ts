/**
 * Reads the few facts of a call out of a description that this browser made (RFC 8866, RFC 8829). [M1] [M4]
 *
 * What it does not know it leaves behind; what it needs and does not find is an error. It never throws.
 */
import { err, ok, type Result } from "@megachat/base";
import {
  feedbackKinds,
  headerExtensions,
  isConsistent,
  type Candidate,
  type FeedbackKind,
  type HeaderExtension,
  type SessionAnswer,
  type SessionOffer,
} from "@megachat/wire";
import { parseCandidate } from "./candidate.ts";
import { extensionUris, feedbackLines } from "./names.ts";

/** `what` names the missing or unexpected fact, in a word of ours. */
export interface SdpError {
  readonly type: "unexpectedSdp";
  readonly what: string;
}
type Parsed<T> = Result<T, SdpError>;
const unexpected = (what: string) => err({ type: "unexpectedSdp", what } as const);

const MAX_TEXT = 64 * 1024;
const MAX_CANDIDATES = 24;

export function parseOffer(text: string): Parsed<SessionOffer> {
  const read = parseDescription(text);
  if (!read.ok) return read;
  return read.value.setup === "actpass" ? ok(read.value.facts) : unexpected("setup");
}

export function parseAnswer(text: string): Parsed<SessionAnswer> {
  const read = parseDescription(text);
  if (!read.ok) return read;
  const { setup, facts } = read.value;
  return setup === "active" || setup === "passive" ? ok({ ...facts, dtlsRole: setup }) : unexpected("setup");
}

interface Section {
  readonly media: string;
  readonly lines: readonly string[];
}

function parseDescription(text: string): Parsed<{ readonly facts: SessionOffer; readonly setup: string }> {
  if (text.length > MAX_TEXT) return unexpected("length");
  const sections = split(text);
  const [session, audio, video, ...more] = sections;
  if (!session || !audio || !video || more.length > 0) return unexpected("sections");
  const transport = parseTransport(session, audio, video);
  if (!transport.ok) return transport;
  const sound = parseAudio(audio);
  if (!sound.ok) return sound;
  const picture = parseVideo(video);
  if (!picture.ok) return picture;
  const { setup, ...facts } = transport.value;
  const whole = { ...facts, audio: sound.value, video: picture.value };
  return isConsistent(whole) ? ok({ setup, facts: whole }) : unexpected("numbers");
}

function split(text: string): readonly Section[] {
  const sections: { media: string; lines: string[] }[] = [{ media: "", lines: [] }];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith("m=")) sections.push({ media: line.slice(2), lines: [] });
    else if (line !== "") sections.at(-1)?.lines.push(line);
  }
  return sections;
}

function parseTransport(session: Section, audio: Section, video: Section) {
  const values = (name: string): readonly string[] => {
    const here = [audio, video].map((section) => only(section, name) ?? only(session, name));
    return [...new Set(here.filter((value) => value !== undefined))];
  };
  // Under BUNDLE both sections say the same. Two values would be two transports.
  const one = (name: string): string | undefined => {
    const found = values(name);
    return found.length === 1 ? found[0] : undefined;
  };
  if (only(session, "group") !== "BUNDLE 0 1") return unexpected("bundle");
  const fingerprint = parseFingerprint(one("fingerprint"));
  if (!fingerprint) return unexpected("fingerprint");
  const iceUfrag = one("ice-ufrag");
  const icePwd = one("ice-pwd");
  if (!iceUfrag || !/^[A-Za-z0-9+/]{4,64}$/.test(iceUfrag)) return unexpected("iceUfrag");
  if (!icePwd || !/^[A-Za-z0-9+/]{22,64}$/.test(icePwd)) return unexpected("icePwd");
  const setup = one("setup");
  if (setup === undefined) return unexpected("setup");
  const candidates: Candidate[] = [];
  for (const value of all(audio, "candidate")) {
    const candidate = parseCandidate(`candidate:${value}`);
    if (candidate.ok && candidates.length < MAX_CANDIDATES) candidates.push(candidate.value);
  }
  return ok({ fingerprint, iceUfrag, icePwd, setup, candidates });
}

function parseAudio(section: Section): Parsed<SessionOffer["audio"]> {
  const fault = checkSection(section, "audio", "0");
  if (fault) return fault;
  const payloadType = payloadTypeOf(section, /^opus\/48000\/2$/i);
  if (payloadType === undefined) return unexpected("opus");
  return ok({
    payloadType,
    ssrc: ssrcs(section)[0] ?? null,
    feedback: feedbackOf(section, payloadType),
    extensions: extensionsOf(section),
  });
}

function parseVideo(section: Section): Parsed<SessionOffer["video"]> {
  const fault = checkSection(section, "video", "1");
  if (fault) return fault;
  const payloadType = payloadTypeOf(section, /^VP8\/90000$/i);
  if (payloadType === undefined) return unexpected("vp8");
  const rtxPayloadType = all(section, "rtpmap")
    .filter((value) => /^\d+ rtx\/90000$/i.test(value))
    .map((value) => Number.parseInt(value, 10))
    .filter(isDynamic)
    .find((type) => all(section, "fmtp").includes(`${type} apt=${payloadType}`));
  const group = all(section, "ssrc-group").find((value) => value.startsWith("FID "));
  const [primary, repair] = group?.split(" ").slice(1).map(Number) ?? [ssrcs(section)[0]];
  const paired = rtxPayloadType !== undefined && isU32(primary) && isU32(repair);
  return ok({
    payloadType,
    rtxPayloadType: rtxPayloadType ?? null,
    ssrc: isU32(primary) ? primary : null,
    rtxSsrc: paired ? repair : null,
    feedback: feedbackOf(section, payloadType),
    extensions: extensionsOf(section),
  });
}

function checkSection(section: Section, kind: string, mid: string) {
  if (!section.media.startsWith(`${kind} `) || !section.media.includes(" UDP/TLS/RTP/SAVPF ")) return unexpected(kind);
  if (only(section, "mid") !== mid) return unexpected("mid");
  if (!section.lines.includes("a=rtcp-mux")) return unexpected("rtcpMux");
  if (!section.lines.includes("a=sendrecv")) return unexpected("direction");
  return undefined;
}

function payloadTypeOf(section: Section, codec: RegExp): number | undefined {
  const offered = new Set(section.media.split(" ").slice(3));
  for (const value of all(section, "rtpmap")) {
    const [type = "", name = ""] = value.split(" ");
    if (codec.test(name) && offered.has(type) && isDynamic(Number(type))) return Number(type);
  }
  return undefined;
}

/** RFC 5761 §4. */
const isDynamic = (type: number): boolean => (type >= 96 && type <= 127) || (type >= 35 && type <= 63);

const feedbackOf = (section: Section, payloadType: number): FeedbackKind[] =>
  feedbackKinds.filter((kind) => all(section, "rtcp-fb").includes(`${payloadType} ${feedbackLines[kind]}`));

function extensionsOf(section: Section): { readonly id: number; readonly name: HeaderExtension }[] {
  return headerExtensions.flatMap((name) => {
    const value = all(section, "extmap").find((each) => each.split(" ")[1] === extensionUris[name]);
    const id = value && /^\d+ /.test(value) ? Number.parseInt(value, 10) : 0;
    return id >= 1 && id <= 14 ? [{ id, name }] : [];
  });
}

function parseFingerprint(value: string | undefined): Uint8Array<ArrayBuffer> | undefined {
  const hex = /^sha-256 ((?:[0-9A-F]{2}:){31}[0-9A-F]{2})$/i.exec(value ?? "")?.[1];
  return hex === undefined ? undefined : Uint8Array.from(hex.split(":"), (pair) => Number.parseInt(pair, 16));
}

const all = ({ lines }: Section, name: string): readonly string[] =>
  lines.filter((line) => line.startsWith(`a=${name}:`)).map((line) => line.slice(name.length + 3));
const only = (section: Section, name: string): string | undefined => all(section, name)[0];
const ssrcs = (section: Section): readonly number[] =>
  all(section, "ssrc")
    .map((value) => Number(value.split(" ")[0]))
    .filter(isU32);
const isU32 = (value: number | undefined): value is number =>
  value !== undefined && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
