/**
 * What two devices say to each other about a call. [L1]
 *
 * Durable events travel as ordered messages of the conversation; signals travel as transient messages, which may be
 * lost and are never stored. A session description is no text: it is the few facts in which two browsers' descriptions
 * can differ in this product, so that nothing else can be put into one. [M1]
 */
import {
  bool,
  bytes,
  choice,
  fixed,
  id16,
  list,
  nullable,
  object,
  oneOf,
  struct,
  text,
  u16,
  u32,
  u53,
  uint,
  type Codec,
  type ValueOf,
} from "./codec.ts";

/** A codec of the same bytes that also refuses values for which `wrong` names a reason. */
function refined<T>(codec: Codec<T>, wrong: (value: T) => string | undefined): Codec<T> {
  return {
    shape: codec.shape,
    write: (out, value) => {
      const reason = wrong(value);
      if (reason !== undefined) throw new RangeError(reason);
      codec.write(out, value);
    },
    read: (input) => {
      const value = codec.read(input);
      const reason = wrong(value);
      return reason === undefined ? value : input.fail(reason);
    },
  };
}

const distinct = (values: readonly number[]): boolean => new Set(values).size === values.length;

// —— Session description —————————————————————————————————————————————————————————————————————————————————

/** RFC 8839 §5.4: letters, digits, `+` and `/`. */
const iceText = (min: number, max: number): Codec<string> =>
  refined(text(max), (value) => (value.length >= min && /^[A-Za-z0-9+/]*$/.test(value) ? undefined : "not ice-chars"));

const ADDRESS_LENGTH = { ip4: 4, ip6: 16, mdns: 16 } as const;
/** Where a candidate is: an IP address in network order, or the UUID of an mDNS name `<uuid>.local`. */
const address = refined(struct({ kind: choice(["ip4", "ip6", "mdns"]), value: bytes(16, 4) }), ({ kind, value }) =>
  value.length === ADDRESS_LENGTH[kind] ? undefined : "address of a length not allowed",
);
export type CandidateAddress = ValueOf<typeof address>;

/**
 * An ICE candidate (RFC 8839 §5.1) over UDP for component 1, the only ones there are under BUNDLE and rtcp-mux without
 * ICE-TCP. The related address is left out: it tells a private address and ICE does not need it.
 */
export const Candidate = struct({
  /** Only its equality counts. */
  foundation: u32,
  priority: u32,
  address,
  port: refined(u16, (port) => (port > 0 ? undefined : "port 0")),
  kind: choice(["host", "srflx", "prflx", "relay"]),
});
export type Candidate = ValueOf<typeof Candidate>;

/** The RTP header extensions that may be negotiated. Never the audio level: RTP headers travel in clear. [M5] */
export const headerExtensions = ["mid", "transportWideCc", "absSendTime"] as const;
export type HeaderExtension = (typeof headerExtensions)[number];
const extensions = refined(
  list(struct({ id: refined(uint(14), (id) => (id > 0 ? undefined : "extension id 0")), name: choice(headerExtensions) }), 3),
  (all) =>
    distinct(all.map(({ id }) => id)) && new Set(all.map(({ name }) => name)).size === all.length ? undefined : "extension twice",
);

/** The RTCP feedback that may be negotiated. */
export const feedbackKinds = ["transportCc", "googRemb", "ccmFir", "nack", "nackPli"] as const;
export type FeedbackKind = (typeof feedbackKinds)[number];
const feedback = refined(list(choice(feedbackKinds), 5), (all) =>
  new Set(all).size === all.length ? undefined : "feedback twice",
);

/** RFC 5761 §4: payload types that cannot be taken for RTCP. */
const payloadType = refined(uint(127), (type) =>
  type >= 96 || (type >= 35 && type <= 63) ? undefined : "payload type not dynamic",
);

/** One Opus and one VP8 section under one transport. Everything not named here is the same in every description. */
const fields = {
  /** SHA-256 of the DTLS certificate. */
  fingerprint: fixed(32),
  iceUfrag: iceText(4, 64),
  icePwd: iceText(22, 64),
  candidates: list(Candidate, 24),
  audio: struct({ payloadType, ssrc: nullable(u32), feedback, extensions }),
  video: struct({
    payloadType,
    /** Retransmission (RFC 4588) of `payloadType`. */
    rtxPayloadType: nullable(payloadType),
    ssrc: nullable(u32),
    rtxSsrc: nullable(u32),
    feedback,
    extensions,
  }),
};
const Described = struct(fields);
type Described = ValueOf<typeof Described>;

function inconsistent({ audio, video }: Described): string | undefined {
  const types = [audio.payloadType, video.payloadType, ...(video.rtxPayloadType === null ? [] : [video.rtxPayloadType])];
  if (!distinct(types)) return "payload type twice";
  if (!distinct([audio.ssrc, video.ssrc, video.rtxSsrc].filter((ssrc) => ssrc !== null))) return "SSRC twice";
  if (video.rtxSsrc !== null && (video.ssrc === null || video.rtxPayloadType === null)) return "retransmission of nothing";
  // One transport, so one meaning per id and one id per meaning (RFC 8843 §14.1.1).
  const ids = new Map(audio.extensions.map(({ id, name }) => [id, name]));
  for (const { id, name } of video.extensions) {
    if ((ids.get(id) ?? name) !== name) return "extension id with two meanings";
    if (audio.extensions.some((other) => other.name === name && other.id !== id)) return "extension with two ids";
  }
  return undefined;
}

/** Whether facts read out of a browser's own description fit together as {@link SessionOffer} wants them. */
export const isConsistent = (facts: SessionOffer): boolean => inconsistent(facts) === undefined;

/** The offerer takes either DTLS role, the answerer decides (RFC 8842 §5). */
export const SessionOffer: Codec<SessionOffer> = refined(struct(fields), inconsistent);
export type SessionOffer = Described;
export const SessionAnswer = refined(struct({ ...fields, dtlsRole: choice(["active", "passive"]) }), inconsistent);
export type SessionAnswer = ValueOf<typeof SessionAnswer>;

// —— Durable events ——————————————————————————————————————————————————————————————————————————————————————

const call = id16;
/** 16 bytes drawn anew each time a device joins a call; they go into its frame keys. [M10] */
const join = fixed(16);

/** Someone calls. It rings only while {@link CallRinging} comes as well. [L5] */
export const CallStart = object("callStart", 0x0701, 1, { call, media: choice(["audio", "video"]), join, offer: SessionOffer });
export type CallStart = ValueOf<typeof CallStart>;
/** The first one in the log wins. [L6] */
export const CallAccept = object("callAccept", 0x0702, 1, { call, join, answer: SessionAnswer });
export type CallAccept = ValueOf<typeof CallAccept>;
export const CallDecline = object("callDecline", 0x0703, 1, { call, reason: choice(["declined", "busy"]) });
export type CallDecline = ValueOf<typeof CallDecline>;
/** `left`: a tab closed, a reload or a crash. `replaced`: both called at once and the other call goes on. */
export const callEndReasons = ["hungUp", "cancelled", "noAnswer", "lost", "noPath", "failed", "left", "replaced"] as const;
export type CallEndReason = (typeof callEndReasons)[number];
export const CallEnd = object("callEnd", 0x0704, 1, { call, reason: choice(callEndReasons) });
export type CallEnd = ValueOf<typeof CallEnd>;

export const CallEvent = oneOf([CallStart, CallAccept, CallDecline, CallEnd]);
export type CallEvent = ValueOf<typeof CallEvent>;

// —— Transient signals ———————————————————————————————————————————————————————————————————————————————————

/** From the caller every 5 s, with a rising number. */
export const CallRinging = object("callRinging", 0x0710, 1, { call, number: u32 });
/** A device of the other side rings; `number` is that of the ringing it heard. */
export const CallAlerting = object("callAlerting", 0x0711, 1, { call, number: u32 });
/** The caller stands by this very accept, now: `join` is the accept's. Without it no accept is followed by media. [L7] */
export const CallLive = object("callLive", 0x0712, 1, { call, join });
/** Candidates found after the description. `generation` counts ICE restarts from 0. */
export const CallCandidates = object("callCandidates", 0x0713, 1, { call, generation: u16, candidates: list(Candidate, 24) });
/** The callee hears nothing and asks the caller, who alone offers restarts, for one. */
export const CallRestartWanted = object("callRestartWanted", 0x0714, 1, { call, generation: u16 });
export const CallRestartOffer = object("callRestartOffer", 0x0715, 1, { call, generation: u16, offer: SessionOffer });
export const CallRestartAnswer = object("callRestartAnswer", 0x0716, 1, { call, generation: u16, answer: SessionAnswer });
/** What a side sends at the moment. The highest number counts. */
export const CallSideState = object("callSideState", 0x0717, 1, {
  call,
  number: u32,
  microphone: bool,
  camera: bool,
  screen: bool,
  held: bool,
});

export const CallSignal = oneOf([
  CallRinging,
  CallAlerting,
  CallLive,
  CallCandidates,
  CallRestartWanted,
  CallRestartOffer,
  CallRestartAnswer,
  CallSideState,
]);
export type CallSignal = ValueOf<typeof CallSignal>;

// —— Frame keys ——————————————————————————————————————————————————————————————————————————————————————————

/**
 * One frame key, as the core seals it to the media worker's one-time key. The page carries it and cannot read it. [M11]
 * The SFrame KID is the first 4 bytes of `join` and the low 8 bits of `epoch`.
 */
export const FrameKey = object("frameKey", 0x0720, 1, {
  call,
  direction: choice(["send", "receive"]),
  join,
  epoch: u53,
  baseKey: fixed(32),
  /** The epoch began with a removal: senders switch at once, and old keys go after 1 s instead of 10. */
  removal: bool,
});
export type FrameKey = ValueOf<typeof FrameKey>;
