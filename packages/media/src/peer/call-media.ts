/**
 * The media of this tab's call: commands of the core in, events out. [M14] [M15] [M16] [M17]
 *
 * Commands are carried out in their order, except that `capture` waits for the user beside the others and `close` waits
 * for nothing. Whatever fails, everything that was opened for the call is closed, last first.
 */
import { err, type Result } from "@megachat/base";
import type { CaptureState, MediaCommand, MediaEvent, MediaFailure, SentSide } from "@megachat/wire";
import { createCapture, type Capture } from "./capture.ts";
import { openConnection, type Connection, type Track } from "./connection.ts";
import { createMixer } from "./mixer.ts";
import { watch } from "./monitor.ts";
import { forCore, type RefusalReason } from "./refusal.ts";
import { createScreenShare, type ScreenShare } from "./screen-share.ts";
import { linkWorker, type WorkerLink } from "./worker-link.ts";

export interface CallMediaDeps {
  /** The composition root knows the worker's address and the Trusted Types policy. */
  readonly createWorker: () => Worker;
  /** `navigator.mediaDevices`: undefined where the origin is not secure. */
  readonly devices: MediaDevices | undefined;
  readonly onEvent: (message: { readonly call: string; readonly event: MediaEvent }) => void;
  /** Sources, tracks or pictures have changed: for the screen. */
  readonly onChange: () => void;
}

export interface CallMedia extends Disposable {
  /** A command of the core for the call with this id, 16 bytes in hexadecimal. */
  readonly handle: (message: { readonly call: string; readonly command: MediaCommand }) => void;
  /** The call whose media is open here; null when none is. */
  readonly call: () => string | null;
  /** For a core that started anew: says again what is sent. */
  readonly report: () => void;
  readonly capture: Capture;
  readonly screen: Pick<ScreenShare, "canShare" | "stop" | "picture">;
  /** Asks the user what to show to the other side, in the camera's place. Without a call that sends, nothing is asked. */
  readonly share: () => Promise<Result<null, RefusalReason>>;
  readonly held: () => boolean;
  /** On hold the microphone sends silence, camera and screen are closed, and nothing is to be played. */
  readonly hold: (on: boolean) => void;
  /** The other side's tracks of the present call. */
  readonly remoteTracks: () => readonly MediaStreamTrack[];
  readonly remotePicture: () => boolean;
  /** The other side's first picture is there to be seen: sooner than the next look at the connection. */
  readonly pictureCame: () => void;
}

/** A connection and the worker that seals for it. */
interface Line {
  readonly link: WorkerLink;
  readonly connection: Connection;
}

/** What one call has open. */
interface Session {
  call: string;
  opened: DisposableStack;
  link: WorkerLink | null;
  connection: Connection | null;
  /** Commands wait for the one before. */
  tail: Promise<void>;
  /** The core allows sending. */
  sending: boolean;
  cameraWanted: boolean;
  /** On hold; whether the camera comes back afterwards is `cameraWanted`. */
  held: boolean;
  connected: boolean;
  remote: readonly MediaStreamTrack[];
  picture: boolean;
  /** The user has been asked for devices and has answered. */
  captured: boolean;
  /** What was last said of our side. */
  told: string;
  closed: boolean;
}

export function openCallMedia(deps: CallMediaDeps): CallMedia {
  let session: Session | null = null;

  const tell = (of: Session, event: MediaEvent): void => {
    if (!of.closed) deps.onEvent({ call: of.call, event });
  };
  const capture = createCapture({
    devices: deps.devices,
    onSource: (track) => {
      if (session) void put(session, track);
    },
    onChange: () => {
      deps.onChange();
      if (session) report(session);
    },
  });

  const mixer = createMixer();
  const screen = createScreenShare(deps.devices, () => {
    if (session) void Promise.all([put(session, "microphone"), put(session, "camera")]);
    deps.onChange();
    if (session) report(session);
  });
  /** What goes out: a shown screen stands in the camera's place, its sound beside the voice. */
  const outgoing = (track: Track): MediaStreamTrack | null =>
    track === "camera" ? (screen.picture() ?? capture.source("camera")) : mixer.mix(capture.source("microphone"), screen.sound());

  const begin = (call: string): Session => {
    if (session) close(session);
    session = {
      call,
      opened: new DisposableStack(),
      link: null,
      connection: null,
      tail: Promise.resolve(),
      sending: false,
      cameraWanted: false,
      held: false,
      connected: false,
      remote: [],
      picture: false,
      captured: false,
      told: "",
      closed: false,
    };
    listenToNetwork(session);
    return session;
  };

  /** Both called at once: what this tab has opened goes on under the other's id, but for the connection. */
  const takeOver = (of: Session, call: string): Session => {
    layDown(of);
    of.call = call;
    return of;
  };

  /** Worker and connection go, the devices stay. */
  const layDown = (of: Session): void => {
    of.opened.dispose();
    of.opened = new DisposableStack();
    listenToNetwork(of);
    // What waits for a connection that is being laid down may wait for ever: a closed one settles nothing (WebRTC §4.4.1.5).
    of.tail = Promise.resolve();
    Object.assign(of, { link: null, connection: null, sending: false, connected: false, remote: [], picture: false });
  };

  const close = (of: Session): void => {
    of.closed = true;
    if (session === of) session = null;
    of.opened.dispose();
    screen.stop();
    capture.close();
    mixer[Symbol.dispose]();
    deps.onChange();
  };

  const fail = (of: Session, why: MediaFailure): void => {
    if (of.closed) return;
    // Devices and connection first: what must not leave does not wait for a message to be delivered.
    const { call } = of;
    close(of);
    deps.onEvent({ call, event: { type: "failed", why } });
  };

  /** A worker and a connection of their own, in place of those of an earlier attempt. */
  const connect = (of: Session, path: Extract<MediaCommand, { type: "offer" | "answer" }>): Line => {
    const link = of.opened.use(
      linkWorker(deps.createWorker(), {
        onOpened: () => tell(of, { type: "opened" }),
        onForceKeyFrame: () => void of.connection?.forceKeyFrame(),
        onDied: () => fail(of, "protectionLost"),
      }),
    );
    const connection = of.opened.use(
      openConnection(path, link, {
        onCandidates: (generation, candidates) => tell(of, { type: "candidates", generation, candidates }),
        onConnected: () => {
          if (of.connected) return;
          of.connected = true;
          tell(of, { type: "connected" });
        },
        onNoPath: (generation) => tell(of, { type: "noPath", generation }),
        onNotAuthentic: () => fail(of, "notAuthentic"),
        onTrack: (track) => {
          of.remote = [...of.remote, track];
          deps.onChange();
        },
      }),
    );
    of.opened.use(
      watch(connection, link, {
        onSilent: (forMs) => {
          if (of.connected) tell(of, { type: "silent", forMs });
        },
        onHeard: () => {
          link.wantKeyFrame();
          tell(of, { type: "heard" });
        },
        onQuality: (quality) => tell(of, { type: "quality", quality }),
        onPicture: (moving) => setPicture(of, moving),
        onUnprotected: () => fail(of, "protectionLost"),
      }),
    );
    of.link = link;
    of.connection = connection;
    return { link, connection };
  };

  const setPicture = (of: Session, moving: boolean): void => {
    if (of.picture === moving) return;
    of.picture = moving;
    deps.onChange();
  };

  /** What is captured goes out, once the core allows it. */
  const put = async (of: Session, track: Track): Promise<void> => {
    if (!of.sending || !of.connection) return;
    const { opened, connection } = of;
    const send = async (): Promise<MediaStreamTrack | null> => {
      const source = outgoing(track);
      await connection.send(track, source);
      return source;
    };
    const source = await send().catch(() => {
      if (of.opened === opened) fail(of, "browserFailed");
      return null;
    });
    if (track === "camera" && source) of.link?.forceKeyFrame();
  };

  const stateOf = (track: Track): CaptureState => {
    if (capture.source(track)) return track === "microphone" && capture.isMuted() ? { at: "off" } : { at: "on" };
    const reason = capture.refusal(track);
    return reason ? { at: "refused", why: forCore(reason) } : { at: "off" };
  };
  const states = (): SentSide => ({
    microphone: stateOf("microphone"),
    camera: stateOf("camera"),
    screen: screen.picture() !== null,
    held: session?.held === true,
  });
  const report = (of: Session): void => {
    const now = states();
    const told = JSON.stringify(now);
    if (!of.captured || of.told === told) return;
    of.told = told;
    tell(of, { type: "side", ...now });
  };

  const openDevices = async (of: Session, wish: { readonly microphone: boolean; readonly camera: boolean }): Promise<void> => {
    await capture.open(wish);
    if (of.closed) return;
    if (!of.cameraWanted || of.held) capture.close("camera");
  };

  /** Silence goes on, which keeps the path: the other side must not take a hold for a broken line. */
  const hold = (of: Session, on: boolean): void => {
    if (of.held === on) return;
    of.held = on;
    capture.setHeld(on);
    if (on) {
      screen.stop();
      capture.close("camera");
    } else if (of.cameraWanted) void openDevices(of, { microphone: false, camera: true });
    deps.onChange();
    report(of);
  };

  const carryOut = async (of: Session, command: MediaCommand): Promise<void> => {
    const { connection } = of;
    switch (command.type) {
      case "offer": {
        const line = connect(of, command);
        const offer = await line.connection.makeOffer();
        const workerKey = await line.link.key;
        if (of.link !== line.link) return;
        return offer.ok ? tell(of, { type: "offered", offer: offer.value, workerKey }) : fail(of, "browserFailed");
      }
      case "answer": {
        const line = connect(of, command);
        // Candidates after sockets: those that came before the click, too.
        const answer = await line.connection.makeAnswer(command.offer);
        await line.connection.addCandidates(0, command.candidates);
        const workerKey = await line.link.key;
        if (of.link !== line.link) return;
        return answer.ok ? tell(of, { type: "answered", answer: answer.value, workerKey }) : fail(of, "browserFailed");
      }
      case "accepted": {
        const taken = await connection?.takeAnswer(command.answer);
        return taken?.ok === true ? undefined : fail(of, "browserFailed");
      }
      case "candidates":
        return connection?.addCandidates(command.generation, command.candidates);
      case "servers":
        return connection?.takeServers(command.iceServers);
      case "keys":
        return of.link?.giveKeys(idBytes(of.call), command.sealed);
      case "send":
        of.sending = true;
        await Promise.all([put(of, "microphone"), put(of, "camera")]);
        return;
      case "restart": {
        const { generation } = command;
        const offer = await connection?.restart(generation);
        // A restart that the browser refuses is tried again: the call may still be heard.
        if (offer?.ok) tell(of, { type: "restartOffered", generation, offer: offer.value });
        return;
      }
      case "restartOffer": {
        const { generation } = command;
        const answer = await connection?.takeRestart(generation, command.offer);
        if (answer?.ok) tell(of, { type: "restartAnswered", generation, answer: answer.value });
        return;
      }
      case "restartAnswer":
        await connection?.takeRestartAnswer(command.generation, command.answer);
        return;
      case "microphone":
      case "camera":
      case "capture":
      case "close":
        return;
    }
  };

  /** Devices need no connection, so nobody waits for one to switch them. */
  const switchDevice = (of: Session, { type, on }: Extract<MediaCommand, { type: "microphone" | "camera" }>): void => {
    if (type === "microphone") {
      capture.setMuted(!on);
      if (on && !capture.source("microphone")) void openDevices(of, { microphone: true, camera: false });
      return;
    }
    of.cameraWanted = on;
    if (of.held) return;
    if (on) void openDevices(of, { microphone: false, camera: true });
    else capture.close("camera");
  };

  const handle: CallMedia["handle"] = ({ call, command }) => {
    if (command.type === "close") {
      if (session?.call === call) close(session);
      return;
    }
    if (command.type === "capture") {
      const of = session && !session.sending ? takeOver(session, call) : begin(call);
      of.cameraWanted = command.camera;
      void openDevices(of, { microphone: true, camera: command.camera }).then(() => {
        of.captured = true;
        of.told = JSON.stringify(states());
        tell(of, { type: "captured", ...states() });
      });
      return;
    }
    const of = session;
    if (!of || of.call !== call) return;
    if (command.type === "microphone" || command.type === "camera") return switchDevice(of, command);
    if (command.type === "offer" || command.type === "answer") layDown(of);
    // What was asked of a line that has been laid down meanwhile is nobody's any more, and so are its faults.
    const { opened } = of;
    of.tail = of.tail.then(async () => {
      if (of.closed || of.opened !== opened) return;
      try {
        await carryOut(of, command);
      } catch {
        if (of.opened === opened) fail(of, "browserFailed");
      }
    });
  };

  const listenToNetwork = (of: Session): void => {
    const changed = (): void => tell(of, { type: "networkChanged" });
    const network = "connection" in navigator && navigator.connection instanceof EventTarget ? navigator.connection : null;
    window.addEventListener("online", changed);
    network?.addEventListener("change", changed);
    of.opened.defer(() => {
      window.removeEventListener("online", changed);
      network?.removeEventListener("change", changed);
    });
  };

  return {
    handle,
    call: () => session?.call ?? null,
    report: () => {
      if (!session) return;
      session.told = "";
      report(session);
      // Said once in the life of a path; the core that heard it may be gone.
      if (session.connected) tell(session, { type: "connected" });
    },
    capture,
    screen,
    held: () => session?.held === true,
    hold: (on) => {
      if (session?.sending === true) hold(session, on);
    },
    share: async () => (session?.sending === true && !session.held ? screen.choose() : err("failed")),
    remoteTracks: () => session?.remote ?? [],
    remotePicture: () => session?.picture ?? false,
    pictureCame: () => {
      if (session) setPicture(session, true);
    },
    [Symbol.dispose]: () => {
      if (session) close(session);
      capture.close();
    },
  };
}

const idBytes = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
