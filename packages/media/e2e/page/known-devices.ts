/**
 * A camera whose picture and a microphone whose tone are known, in both browsers alike: four coloured quarters and a
 * steady sine. The second device of each kind has other quarters and another tone, and so has the screen that is picked.
 */
export interface Known {
  readonly quarters: readonly string[];
  readonly tone: number;
}
export const known: Readonly<Record<string, Known>> = {
  first: { quarters: ["#e01010", "#10c010", "#1030e0", "#e0d010"], tone: 1000 },
  second: { quarters: ["#1030e0", "#e0d010", "#e01010", "#10c010"], tone: 2500 },
  screen: { quarters: ["#e0d010", "#e01010", "#10c010", "#1030e0"], tone: 1700 },
};

export interface KnownDevices extends MediaDevices {
  /** What the next request is refused with. */
  refuse: DOMException | null;
  /** The newest track of each kind: for pulling the plug. */
  readonly newest: Map<string, MediaStreamTrack>;
}

export function knownDevices(): KnownDevices {
  const events = new EventTarget();
  const newest = new Map<string, MediaStreamTrack>();
  const keep = (track: MediaStreamTrack): MediaStreamTrack => {
    newest.set(track.kind, track);
    return track;
  };
  const devices = Object.assign(events, {
    refuse: null,
    newest,
    ondevicechange: null,
    enumerateDevices: () =>
      Promise.resolve(
        ["first", "second"].flatMap((deviceId) =>
          (["audioinput", "videoinput"] as const).map((kind) => ({
            deviceId,
            kind,
            label: deviceId,
            groupId: "",
            toJSON: () => ({}),
          })),
        ),
      ),
    getUserMedia: async (constraints?: MediaStreamConstraints): Promise<MediaStream> => {
      if (devices.refuse) throw devices.refuse as Error;
      const tracks: MediaStreamTrack[] = [];
      if (constraints?.audio) tracks.push(keep(tone(choose(constraints.audio).tone)));
      if (constraints?.video) tracks.push(keep(picture(choose(constraints.video).quarters)));
      return new MediaStream(tracks);
    },
    getDisplayMedia: async (): Promise<MediaStream> => {
      if (devices.refuse) throw devices.refuse as Error;
      const { quarters, tone: frequency } = choose({ deviceId: { exact: "screen" } });
      return new MediaStream([keep(picture(quarters)), keep(tone(frequency))]);
    },
  });
  return devices as unknown as KnownDevices;
}

function choose(constraints: boolean | MediaTrackConstraints): Known {
  const wish = typeof constraints === "object" ? constraints.deviceId : undefined;
  const id = typeof wish === "object" && !Array.isArray(wish) ? wish.exact : undefined;
  const found = known[typeof id === "string" ? id : "first"];
  if (!found) throw new DOMException("no such device", "OverconstrainedError");
  return found;
}

function tone(frequency: number): MediaStreamTrack {
  const context = new AudioContext();
  const oscillator = new OscillatorNode(context, { frequency });
  const out = context.createMediaStreamDestination();
  oscillator.connect(new GainNode(context, { gain: 0.5 })).connect(out);
  oscillator.start();
  const [track] = out.stream.getAudioTracks();
  if (!track) throw new Error("no tone");
  return track;
}

function picture(quarters: readonly string[]): MediaStreamTrack {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: 320, height: 240 });
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  let turn = 0;
  const draw = (): void => {
    quarters.forEach((colour, i) => {
      context.fillStyle = colour;
      context.fillRect((i % 2) * 160, i < 2 ? 0 : 120, 160, 120);
    });
    // Something moves, or the browser sends still pictures rarely.
    context.fillStyle = "#fff";
    context.fillRect((turn++ * 7) % 300, 116, 20, 8);
  };
  draw();
  const timer = setInterval(draw, 50);
  const [track] = canvas.captureStream(20).getVideoTracks();
  if (!track) throw new Error("no picture");
  const stop = track.stop.bind(track);
  track.stop = () => {
    clearInterval(timer);
    stop();
  };
  return track;
}
