/**
 * The way into a call from a click: microphone and camera first, and what to say when they are refused. [U8]
 * Where they are allowed already the call rings while they open, because opening takes longer than ringing.
 */
import type { CallRef, ConversationRef } from "@megachat/view";
import { useCallback } from "react";
import { useEnvironment, type Environment } from "../environment.ts";
import type { MediaRefusal, MediaWish } from "../media-surface.ts";
import { startCallProblem } from "../words/problems.ts";
import { useOverlays, type Overlays } from "../workspace/overlay.ts";

export type CallMedia = "audio" | "video";

/** Calls the other side of a conversation. Only from a click or a key. */
export function usePlaceCall(): (conversation: ConversationRef, media: CallMedia) => Promise<void> {
  const environment = useEnvironment();
  const overlays = useOverlays();
  return useCallback(
    (conversation, media) => {
      const start = async (wish: MediaWish): Promise<CallRef | null> => {
        const answer = await environment.client.intents.startCall({ conversation, media: wish.camera ? "video" : "audio" });
        if (answer.ok) return answer.value.call;
        const { words, format, clock } = environment;
        environment.toasts.say(startCallProblem({ words, format, now: clock.now() }, answer.error), "call");
        environment.media.release();
        return null;
      };
      return enter(environment, overlays, { microphone: true, camera: media === "video" }, start);
    },
    [environment, overlays],
  );
}

/** Takes an incoming call. */
export function useAcceptCall(): (call: CallRef, media: CallMedia) => Promise<void> {
  const environment = useEnvironment();
  const overlays = useOverlays();
  return useCallback(
    (call, media) => {
      const accept = async (wish: MediaWish): Promise<CallRef | null> => {
        const answer = await environment.client.intents.acceptCall({ call, media: wish.camera ? "video" : "audio" });
        if (answer.ok) return call;
        environment.toasts.say(environment.words.errors.callGone, "call");
        environment.media.release();
        return null;
      };
      return enter(environment, overlays, { microphone: true, camera: media === "video" }, accept);
    },
    [environment, overlays],
  );
}

async function enter(
  environment: Environment,
  overlays: Overlays,
  wish: MediaWish,
  go: (wish: MediaWish) => Promise<CallRef | null>,
): Promise<void> {
  const { media, client } = environment;
  const { permission } = media.state();
  const allowed = (!wish.microphone || permission.microphone === "granted") && (!wish.camera || permission.camera === "granted");
  const asks = (wish.microphone && permission.microphone === "ask") || (wish.camera && permission.camera === "ask");
  const { asking } = environment.words.permission;
  if (asks) environment.toasts.say(wish.camera ? asking.both : asking.microphone, "call");
  const opening = media.open(wish);
  const early = allowed ? go(wish) : null;
  const opened = await opening;
  // The browser has its answer.
  if (asks) environment.toasts.settle("call");
  if (opened.ok) {
    const call = await (early ?? go(wish));
    // A call without microphone says so to the other side.
    if (call !== null && !wish.microphone) await client.intents.setMuted({ call, muted: true });
    return;
  }
  const rang = await early;
  if (rang !== null) await client.intents.hangUp({ call: rang });
  const rest = without(wish, opened.error);
  overlays.open({
    at: "mediaRefused",
    refusals: opened.error,
    retry: () => void enter(environment, overlays, wish, go),
    without: rest === null ? null : () => void enter(environment, overlays, rest, go),
  });
}

/** What is left of a wish; null when nothing was taken away, which would ask for the same again. */
function without(wish: MediaWish, refusals: readonly MediaRefusal[]): MediaWish | null {
  const refused = new Set(refusals.map((refusal) => refusal.device));
  const rest = { microphone: wish.microphone && !refused.has("microphone"), camera: wish.camera && !refused.has("camera") };
  return rest.microphone === wish.microphone && rest.camera === wish.camera ? null : rest;
}
