/** The host's WebSocket as a {@link Socket}: binary only, nothing after the close. */
import type { Dial } from "./connection.ts";

/** `url` is `ws:` or `wss:`. */
export const webSocketDial =
  (url: string): Dial =>
  (events) => {
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    let over = false;
    const end = (code: number): void => {
      if (over) return;
      over = true;
      events.closed(code);
    };
    socket.onopen = () => events.opened();
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (!over) events.message(data instanceof ArrayBuffer ? new Uint8Array(data) : null);
    };
    socket.onclose = ({ code }) => end(code);
    return {
      // Sending on a closing socket is no fault: its close event is on the way and makes the request unanswered.
      send: (frame) => socket.send(frame),
      close: (code) => {
        over = true;
        socket.close(code);
      },
      unsent: () => socket.bufferedAmount,
    };
  };
