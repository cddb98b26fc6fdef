/**
 * The other side as an attacker on the path would have it: real WebRTC, but none of our transforms. `tap` records what
 * arrives, `bare` gives it to the decoders as it is, `plain` also sends the known picture and tone without any sealing.
 */
import type { Candidate, SessionAnswer, SessionOffer } from "@megachat/wire";
import { formatCandidate } from "../../src/sdp/candidate.ts";
import { parseAnswer, parseOffer } from "../../src/sdp/parse.ts";
import { serializeAnswer, serializeOffer } from "../../src/sdp/serialize.ts";
import { lookOut, type Sighting } from "./recognise.ts";

export type BareMode = "tap" | "bare";

export interface BarePeer {
  readonly offer: () => Promise<SessionOffer>;
  readonly answer: (offer: SessionOffer) => Promise<SessionAnswer>;
  readonly takeAnswer: (answer: SessionAnswer) => Promise<void>;
  readonly add: (candidates: readonly Candidate[]) => Promise<void>;
  readonly sighting: () => Sighting;
  /** The frames taken since the last time. */
  readonly taken: () => readonly { readonly track: string; readonly data: Uint8Array }[];
}

export function barePeer(mode: BareMode, plain: MediaStream | null): BarePeer {
  const flags = mode === "tap" ? { encodedInsertableStreams: true } : {};
  const pc = new RTCPeerConnection({ iceServers: [], bundlePolicy: "max-bundle", ...flags });
  let taken: { track: string; data: Uint8Array }[] = [];
  let look: (() => Sighting) | undefined;
  const worker = mode === "tap" ? new Worker(new URL("./tap-worker.ts", import.meta.url), { type: "module" }) : null;
  if (worker) worker.onmessage = ({ data }: MessageEvent<{ track: string; data: Uint8Array }>) => taken.push(data);
  let revision = 0;

  const attach = (): void => {
    for (const transceiver of pc.getTransceivers()) {
      const { receiver, sender } = transceiver;
      transceiver.direction = "sendrecv";
      const track = receiver.track.kind === "audio" ? "microphone" : "camera";
      if (worker) receiver.transform ??= new RTCRtpScriptTransform(worker, { track });
      const own = plain?.getTracks().find(({ kind }) => kind === receiver.track.kind);
      if (own) void sender.replaceTrack(own);
    }
    look ??= mode === "bare" ? lookOut(pc.getReceivers().map(({ track }) => track)) : () => ({ seen: [], heard: [], pictures: 0 });
  };
  const local = async (): Promise<string> => {
    await pc.setLocalDescription();
    while (pc.iceGatheringState !== "complete") await new Promise((resolve) => setTimeout(resolve, 20));
    return pc.localDescription?.sdp ?? "";
  };
  const must = <T>(result: { ok: true; value: T } | { ok: false; error: { what: string } }): T => {
    if (!result.ok) throw new Error(result.error.what);
    return result.value;
  };

  return {
    offer: async () => {
      // Asked again, it restarts ICE.
      const again = pc.getTransceivers().length > 0;
      if (again) pc.restartIce();
      else
        for (const kind of ["audio", "video"] as const) {
          const transceiver = pc.addTransceiver(kind);
          const wanted = kind === "audio" ? /opus/i : /VP8|rtx/i;
          transceiver.setCodecPreferences(
            RTCRtpReceiver.getCapabilities(kind)?.codecs.filter(({ mimeType }) => wanted.test(mimeType)) ?? [],
          );
        }
      attach();
      return must(parseOffer(await local()));
    },
    answer: async (offer) => {
      await pc.setRemoteDescription({ type: "offer", sdp: serializeOffer(offer, revision++) });
      attach();
      return must(parseAnswer(await local()));
    },
    takeAnswer: (answer) => pc.setRemoteDescription({ type: "answer", sdp: serializeAnswer(answer, revision++) }),
    add: async (candidates) => {
      for (const candidate of candidates) await pc.addIceCandidate({ candidate: formatCandidate(candidate), sdpMid: "0" });
    },
    sighting: () => look?.() ?? { seen: [], heard: [], pictures: 0 },
    taken: () => {
      const all = taken;
      taken = [];
      return all;
    },
  };
}
