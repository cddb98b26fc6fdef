/** What is true of the connection now: ringing, since when, or for how long nothing was heard. */
import { since, type Instant } from "@megachat/base";
import type { Call } from "@megachat/view";
import { useEnvironment } from "../environment.ts";
import { useNow } from "../store/ticker.ts";

export function CallTime({ call: { state } }: { readonly call: Call }) {
  const { words, format } = useEnvironment();
  const now = useNow("second");
  const ago = (at: Instant) => since(at, now < at ? at : now);
  switch (state.at) {
    case "placing":
    case "calling":
    case "ringing":
    case "connecting":
      return <span role="status">{words.call.state[state.at]}</span>;
    case "connected":
      return <span role="timer">{format.running(ago(state.since))}</span>;
    case "reconnecting":
      return <span role="timer">{words.call.state.reconnecting(format.span(ago(state.silentSince)))}</span>;
    case "ended":
      return <span>{words.callEnd.title}</span>;
  }
}
