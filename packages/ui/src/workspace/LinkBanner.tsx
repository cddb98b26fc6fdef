/** The truth about the connection, once it is worth a word. */
import { CloudOff } from "lucide-react";
import { useEnvironment, useSignedIn } from "../environment.ts";
import { spanUntil, useNow } from "../store/ticker.ts";
import css from "./LinkBanner.module.css";

// A short break heals by itself before anyone has read about it.
const patienceMs = 2_000;

export function LinkBanner() {
  const { words, format } = useEnvironment();
  const { link } = useSignedIn();
  const now = useNow("second");
  const late = link.at !== "online" && now - link.since >= patienceMs;
  const text =
    link.at === "waiting"
      ? words.link.retryIn(format.span(spanUntil(link.retryAt, now)))
      : link.at === "offline"
        ? words.link.offline
        : words.link.connecting;
  return (
    <div role="status">
      {late && (
        <p className={css.banner}>
          <CloudOff size={16} aria-hidden />
          <span>{text}</span>
        </p>
      )}
    </div>
  );
}
