/** What a tab's media surface tells the core, judged before the core sees it. [V37] */
import type { FromTab } from "@megachat/core";
import { Candidate, encode, SessionAnswer, SessionOffer, type Codec, type MediaEvent } from "@megachat/wire";
import { integer, isRecord, listOf, orNull, shape, word, type Check } from "./check.ts";

/** A value that the codec would write: of its type, within its limits, consistent. */
const writable =
  <T>(codec: Codec<T>): Check<T> =>
  (value): value is T => {
    try {
      encode(codec, value as T);
      return true;
    } catch {
      return false;
    }
  };
const hex16: Check<string> = (value): value is string => typeof value === "string" && /^[0-9a-f]{32}$/.test(value);
const bytes32: Check<Uint8Array<ArrayBuffer>> = (value): value is Uint8Array<ArrayBuffer> =>
  value instanceof Uint8Array && value.length === 32;
const figure: Check<number> = (value): value is number => typeof value === "number" && Number.isFinite(value) && value >= 0;

const capture: Check<unknown> = (value): value is unknown =>
  shape({ at: word("on", "off") })(value) ||
  shape({ at: word("refused"), why: word("blocked", "none", "inUse", "insecure", "failed") })(value);
const flag: Check<boolean> = (value): value is boolean => typeof value === "boolean";
const generation = integer(0, 0xffff);
const candidates = listOf(writable(Candidate), 64);
const offer = writable(SessionOffer);
const answer = writable(SessionAnswer);
const quality = shape({
  path: orNull(word("direct", "relay")),
  roundTrip: orNull(figure),
  loss: orNull(figure),
  bitsIn: orNull(figure),
  bitsOut: orNull(figure),
  picture: orNull(shape({ width: figure, height: figure, framesPerSecond: figure })),
  framesOpened: figure,
  framesRefused: figure,
  framesSealed: figure,
});

const events: { readonly [T in MediaEvent["type"]]: Check<unknown> } = {
  captured: shape({ type: word("captured"), microphone: capture, camera: capture, screen: flag, held: flag }),
  offered: shape({ type: word("offered"), offer, workerKey: bytes32 }),
  answered: shape({ type: word("answered"), answer, workerKey: bytes32 }),
  candidates: shape({ type: word("candidates"), generation, candidates }),
  connected: shape({ type: word("connected") }),
  opened: shape({ type: word("opened") }),
  silent: shape({ type: word("silent"), forMs: figure }),
  heard: shape({ type: word("heard") }),
  noPath: shape({ type: word("noPath"), generation }),
  networkChanged: shape({ type: word("networkChanged") }),
  restartOffered: shape({ type: word("restartOffered"), generation, offer }),
  restartAnswered: shape({ type: word("restartAnswered"), generation, answer }),
  side: shape({ type: word("side"), microphone: capture, camera: capture, screen: flag, held: flag }),
  quality: shape({ type: word("quality"), quality }),
  failed: shape({ type: word("failed"), why: word("protectionLost", "notAuthentic", "browserFailed") }),
};

function isMediaEvent(value: unknown): value is MediaEvent {
  if (!isRecord(value)) return false;
  const type = value["type"];
  return typeof type === "string" && Object.hasOwn(events, type) && events[type as MediaEvent["type"]](value);
}

/** `value` as said by the tab `page`; null for what is nothing that a media surface says. */
export function readFromTab(page: string, value: unknown): FromTab | null {
  if (!isRecord(value)) return null;
  const { type, call, event } = value as { readonly type?: unknown; readonly call?: unknown; readonly event?: unknown };
  if (!hex16(call)) return null;
  if (type === "has" && Object.keys(value).length === 2) return { type, page, call };
  return type === "event" && Object.keys(value).length === 3 && isMediaEvent(event) ? { type, page, call, event } : null;
}
