/**
 * The only file that makes an RTCPeerConnection, a sender or a transform. [M1] [M3] [M14] [M15] [M17]
 *
 * [Note: Transform first, track last] Browsers send plaintext without a word when a transform comes late. So each sender
 * comes into being without a track, gets its transform in the same task, and gets a track only when the worker has said
 * that it has the streams. `transform` is never assigned again: `null` would let Firefox send plaintext.
 *
 * [Note: Candidates after sockets] Firefox begins its checks with the answer, and where its own sockets come later than
 * that, it takes what arrives on them for checks of an offer not yet answered, for good: no pair is ever nominated. Each
 * candidate of the other side that comes later sets it right. So the callee is given them when its first are gathered, and
 * again when the rest have had their time.
 *
 * [Note: Candidates after the answer] A caller that restarts goes on checking the callee's old sockets until the answer
 * comes, and they reply. Chromium holds what it hears from a new socket before that for a worse way to the same place and
 * never checks it, for good. So the callee hears of the caller's candidates only when the caller has its answer.
 */
import { bytesEqual, err, ok, type Result } from "@megachat/base";
import type { Candidate, MediaPath, SessionAnswer, SessionOffer } from "@megachat/wire";
import type { TransformOptions } from "../protocol/messages.ts";
import { formatCandidate, isAllowed, parseCandidate } from "../sdp/candidate.ts";
import { parseAnswer, parseOffer } from "../sdp/parse.ts";
import { serializeAnswer, serializeOffer } from "../sdp/serialize.ts";
import type { WorkerLink } from "./worker-link.ts";

export type Track = TransformOptions["track"];
export interface ConnectionEvents {
  /** Candidates found after the description of `generation` had been handed out. */
  readonly onCandidates: (generation: number, candidates: readonly Candidate[]) => void;
  readonly onConnected: () => void;
  readonly onNoPath: (generation: number) => void;
  /** DTLS refused: the other end has not the certificate of its signed description. */
  readonly onNotAuthentic: () => void;
  /** A receiver's track, as soon as it exists. */
  readonly onTrack: (track: MediaStreamTrack) => void;
}

/** The browser refused, or answered with what we do not use. `step` is a word of ours. */
export interface ConnectionFault {
  readonly type: "browserFailed";
  readonly step: string;
}

export interface Connection extends Disposable {
  readonly makeOffer: () => Promise<Result<SessionOffer, ConnectionFault>>;
  readonly makeAnswer: (offer: SessionOffer) => Promise<Result<SessionAnswer, ConnectionFault>>;
  readonly takeAnswer: (answer: SessionAnswer) => Promise<Result<null, ConnectionFault>>;
  readonly addCandidates: (generation: number, candidates: readonly Candidate[]) => Promise<void>;
  /** Caller: a new offer with new ICE credentials. */
  readonly restart: (generation: number) => Promise<Result<SessionOffer, ConnectionFault>>;
  readonly takeRestart: (generation: number, offer: SessionOffer) => Promise<Result<SessionAnswer, ConnectionFault>>;
  readonly takeRestartAnswer: (generation: number, answer: SessionAnswer) => Promise<Result<null, ConnectionFault>>;
  /** From the next restart on. What stands goes on. */
  readonly takeServers: (iceServers: MediaPath["iceServers"]) => void;
  /** Puts a track on the wire once its transform runs, or takes it off. */
  readonly send: (track: Track, source: MediaStreamTrack | null) => Promise<void>;
  readonly stats: () => Promise<RTCStatsReport>;
  readonly forceKeyFrame: () => Promise<void>;
  readonly transformOf: (track: Track, side: TransformOptions["side"]) => number | undefined;
}

/** How long a description waits for candidates, in milliseconds; later ones follow it. */
const GATHER = 150;
/** How long an answer waits after its first candidate: those of the same kind come together, and somebody has clicked. */
const ANSWER_GATHER = 20;
/** How long late candidates are collected into one signal. */
const BATCH = 100;
/** Candidates of the other side per generation: more would make this browser a scanner. */
const MAX_REMOTE = 64;
/** Bits per second of a camera's picture, and of a screen's, in which text must be read. */
const VIDEO_RATE = 1_500_000;
const SCREEN_RATE = 2_500_000;

const tracks: readonly (readonly [Track, "audio" | "video"])[] = [
  ["microphone", "audio"],
  ["camera", "video"],
];

export function openConnection(path: MediaPath, link: WorkerLink, events: ConnectionEvents): Connection {
  const pc = new RTCPeerConnection(configuration(path));
  const senders = new Map<Track, { readonly sender: RTCRtpSender; readonly transform: number }>();
  const transforms: TransformOptions[] = [];
  let generation = 0;
  let revision = 0;
  let described = false;
  /** The other end has shown the certificate of its signed description. */
  let proved = false;
  let remote: { readonly description: SessionOffer; readonly added: Set<string> } | null = null;
  let early: { readonly generation: number; readonly candidates: readonly Candidate[] }[] = [];
  let late: Candidate[] = [];
  /** Of a restart whose answer has not come. [Note: Candidates after the answer] */
  let held: Candidate[] | null = null;

  const watchedState = (): void => {
    const transports = [...senders.values()].flatMap(({ sender }) => sender.transport ?? []);
    // Chromium may say that the whole has failed before it says which part.
    for (const transport of transports) transport.onstatechange = watchedState;
    if (pc.connectionState === "connected") {
      proved = true;
      events.onConnected();
    }
    if (!proved && transports.some(isRefused)) events.onNotAuthentic();
    else if (pc.iceConnectionState === "failed" || pc.connectionState === "failed") events.onNoPath(generation);
  };
  pc.onconnectionstatechange = watchedState;
  pc.oniceconnectionstatechange = watchedState;
  pc.onicecandidate = ({ candidate }) => {
    if (!described || !candidate || candidate.candidate === "") return;
    const parsed = parseCandidate(candidate.candidate);
    if (!parsed.ok) return;
    if (late.length === 0) setTimeout(flushLate, BATCH, generation);
    late.push(parsed.value);
  };
  const flushLate = (of: number): void => {
    if (of === generation) hand(late);
    late = [];
  };

  const hand = (candidates: readonly Candidate[]): void => {
    if (held) held.push(...candidates);
    else if (candidates.length > 0) events.onCandidates(generation, candidates);
  };

  /** Both transforms in the task in which the sender came into being. [Note: Transform first, track last] */
  const guard = (track: Track, transceiver: RTCRtpTransceiver): void => {
    const transform = (side: TransformOptions["side"]): RTCRtpScriptTransform => {
      const options: TransformOptions = { id: transforms.length + 1, side, track };
      transforms.push(options);
      return new RTCRtpScriptTransform(link.worker, options);
    };
    transceiver.sender.transform = transform("send");
    senders.set(track, { sender: transceiver.sender, transform: transforms.length });
    transceiver.receiver.transform = transform("receive");
    events.onTrack(transceiver.receiver.track);
  };

  /** Our description of this generation, with the candidates that come at once. */
  const describe = async (afterFirst = GATHER): Promise<string> => {
    described = false;
    late = [];
    const known = pc.iceGatheringState === "complete";
    await pc.setLocalDescription();
    await gathered(pc, known, afterFirst);
    described = true;
    return pc.localDescription?.sdp ?? "";
  };

  /** `atOnce` runs in the task in which the description was taken: new senders exist from there on. */
  const takeRemote = async (
    type: "offer" | "answer",
    facts: SessionOffer,
    sdp: string,
    atOnce = (): void => {},
  ): Promise<boolean> => {
    // The certificate is the one thing that proves the peer: a restart cannot change it. [M17]
    if (remote && !bytesEqual(remote.description.fingerprint, facts.fingerprint)) return false;
    try {
      await pc.setRemoteDescription({ type, sdp });
      atOnce();
    } catch {
      return false;
    }
    remote = { description: facts, added: new Set(facts.candidates.map(formatCandidate)) };
    const waiting = early;
    early = [];
    for (const each of waiting) await add(each.generation, each.candidates);
    return true;
  };

  const add = async (of: number, candidates: readonly Candidate[]): Promise<void> => {
    if (of !== generation) return;
    if (!remote) {
      if (early.length < 8) early.push({ generation: of, candidates });
      return;
    }
    for (const candidate of candidates) {
      const text = formatCandidate(candidate);
      // They are said again until the path stands, and may be what a browser needs to try again; they take room once.
      if (!isAllowed(candidate) || (!remote.added.has(text) && remote.added.size >= MAX_REMOTE)) continue;
      remote.added.add(text);
      const usernameFragment = remote.description.iceUfrag;
      // A candidate of credentials that were replaced meanwhile is refused; the next generation has its own.
      await pc.addIceCandidate({ candidate: text, sdpMid: "0", sdpMLineIndex: 0, usernameFragment }).catch(() => {});
    }
  };

  const fault = (step: string) => err({ type: "browserFailed", step } as const);
  const offer = async (): Promise<Result<SessionOffer, ConnectionFault>> => {
    const facts = parseOffer(await describe());
    return facts.ok ? facts : fault(`offer: ${facts.error.what}`);
  };
  const answer = async (facts: SessionOffer): Promise<Result<SessionAnswer, ConnectionFault>> => {
    const guardAll = (): void => {
      if (senders.size > 0) return;
      for (const [i, transceiver] of pc.getTransceivers().entries()) {
        const track = tracks[i];
        if (!track) continue;
        transceiver.direction = "sendrecv";
        guard(track[0], transceiver);
      }
    };
    // [Note: Candidates after sockets]
    const bare = { ...facts, candidates: [] };
    if (!(await takeRemote("offer", bare, serializeOffer(bare, revision++), guardAll))) return fault("remote offer");
    const of = generation;
    const isFirst = pc.iceGatheringState === "new";
    const own = parseAnswer(await describe(isFirst ? ANSWER_GATHER : GATHER));
    await add(of, facts.candidates);
    if (isFirst) void gathered(pc, false).then(() => add(of, facts.candidates));
    return own.ok ? own : fault(`answer: ${own.error.what}`);
  };
  const takeAnswer = async (facts: SessionAnswer): Promise<Result<null, ConnectionFault>> => {
    if (pc.signalingState !== "have-local-offer") return fault("answer in another state");
    return (await takeRemote("answer", facts, serializeAnswer(facts, revision++))) ? ok(null) : fault("remote answer");
  };

  return {
    makeOffer: () => {
      for (const [track, kind] of tracks) {
        const transceiver = pc.addTransceiver(kind, { direction: "sendrecv" });
        guard(track, transceiver);
        preferCodec(transceiver, kind);
      }
      return offer();
    },
    makeAnswer: answer,
    takeAnswer,
    addCandidates: add,
    restart: async (next) => {
      generation = next;
      held = [];
      pc.restartIce();
      const whole = await offer();
      if (!whole.ok || next !== generation) return whole;
      hand(whole.value.candidates);
      return ok({ ...whole.value, candidates: [] });
    },
    takeRestart: async (next, facts) => {
      generation = next;
      return answer(facts);
    },
    takeRestartAnswer: async (of, facts) => {
      if (of !== generation) return ok(null);
      const taken = await takeAnswer(facts);
      const waiting = held;
      if (taken.ok && waiting && of === generation) {
        held = null;
        // Not all may find room in what follows: a relayed one is the one that always works.
        hand(waiting.toSorted((a, b) => Number(b.kind === "relay") - Number(a.kind === "relay")));
      }
      return taken;
    },
    takeServers: (iceServers) => pc.setConfiguration(configuration({ ...path, iceServers })),
    send: async (track, source) => {
      const known = senders.get(track);
      if (!known) return;
      await link.started(known.transform);
      await known.sender.replaceTrack(source);
      if (track === "camera" && source) await limitRate(known.sender, source.contentHint === "detail");
    },
    stats: () => pc.getStats(),
    forceKeyFrame: async () => {
      const sender = senders.get("camera")?.sender;
      if (!sender?.track) return;
      const parameters = sender.getParameters();
      const encodingOptions = parameters.encodings.map(() => ({ keyFrame: true }));
      // The second argument is Chromium's (WebRTC Extensions §5.4); Firefox has its own way, in the worker.
      await sender.setParameters(parameters, { encodingOptions }).catch(() => {});
    },
    transformOf: (track, side) => transforms.find((each) => each.track === track && each.side === side)?.id,
    [Symbol.dispose]: () => {
      pc.onconnectionstatechange = pc.oniceconnectionstatechange = pc.onicecandidate = null;
      // Candidates still collected belong to nothing any more.
      late = [];
      pc.close();
    },
  };
}

/** `encodedInsertableStreams` makes Chromium hold back what has no transform; Firefox ignores it. [M14] */
function configuration({ iceServers, relayOnly }: MediaPath): RTCConfiguration {
  const flagged: RTCConfiguration & { readonly encodedInsertableStreams: true } = {
    encodedInsertableStreams: true,
    iceServers: iceServers.map(({ urls, username, credential }) => ({
      urls: [...urls],
      ...(username === null ? {} : { username }),
      ...(credential === null ? {} : { credential }),
    })),
    iceTransportPolicy: relayOnly ? "relay" : "all",
    bundlePolicy: "max-bundle",
    rtcpMuxPolicy: "require",
    iceCandidatePoolSize: 0,
  };
  return flagged;
}

/** A certificate is refused over a path that has stood. Firefox lets DTLS fail with its path, too, which accuses nobody. [M1] */
const isRefused = ({ state, iceTransport }: RTCDtlsTransport): boolean =>
  state === "failed" && ["connected", "completed", "disconnected"].includes(iceTransport.state);

function preferCodec(transceiver: RTCRtpTransceiver, kind: "audio" | "video"): void {
  const wanted = kind === "audio" ? /^audio\/opus$/i : /^video\/(VP8|rtx)$/i;
  const codecs = RTCRtpReceiver.getCapabilities(kind)?.codecs.filter(({ mimeType }) => wanted.test(mimeType)) ?? [];
  if (codecs.length > 0) transceiver.setCodecPreferences(codecs);
}

/** Waits until everything is gathered, but not longer than a person would notice. `again`: it was complete before, for another generation. */
function gathered(pc: RTCPeerConnection, again: boolean, afterFirst = GATHER): Promise<void> {
  if (!again && pc.iceGatheringState === "complete") return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => {
    pc.removeEventListener("icegatheringstatechange", check);
    pc.removeEventListener("icecandidate", first);
    clearTimeout(timer);
    resolve();
  };
  const first = (): void => {
    pc.removeEventListener("icecandidate", first);
    setTimeout(done, afterFirst);
  };
  const check = (): void => {
    if (pc.iceGatheringState === "complete") done();
  };
  const timer = setTimeout(done, GATHER);
  pc.addEventListener("icegatheringstatechange", check);
  pc.addEventListener("icecandidate", first);
  return promise;
}

async function limitRate(sender: RTCRtpSender, isScreen: boolean): Promise<void> {
  const parameters = sender.getParameters();
  for (const encoding of parameters.encodings) encoding.maxBitrate = isScreen ? SCREEN_RATE : VIDEO_RATE;
  // Before negotiation there may be no encodings yet; the browser's own limit is lower still.
  if (parameters.encodings.length > 0) await sender.setParameters(parameters).catch(() => {});
}
