/** Where the composer would be, when nothing can be sent: why, and the way out. */
import type { Contact, Sending } from "@megachat/view";
import { useEnvironment } from "../environment.ts";
import { Button } from "../parts/Button.tsx";
import { useOverlays } from "../workspace/overlay.ts";
import css from "./Composer.module.css";

interface NotSendingProps {
  readonly reason: Extract<Sending, { at: "held" }>["reason"];
  readonly contact: Contact;
}

export function NotSending({ reason, contact: { account } }: NotSendingProps) {
  const { client, words } = useEnvironment();
  const overlays = useOverlays();
  return (
    <footer className={css.held}>
      <p>{words.errors.held[reason]}</p>
      {reason === "blocked" && <Button onClick={() => client.intents.unblock({ account })}>{words.people.unblock}</Button>}
      {reason === "keysChanged" && (
        <Button onClick={() => overlays.open({ at: "safetyNumber", account })}>{words.trust.compare}</Button>
      )}
      {(reason === "removed" || reason === "peerLeft") && (
        <Button onClick={() => overlays.open({ at: "addContact" })}>{words.people.askAgain}</Button>
      )}
    </footer>
  );
}
