/** Before anything is known: nothing for a moment, then what is being waited for, and honestly so when the server does not answer. */
import type { Link, Session } from "@megachat/view";
import { useEnvironment } from "../environment.ts";
import { useLate, Spinner } from "../parts/Waiting.tsx";
import { spanUntil, useNow } from "../store/ticker.ts";
import { Logo } from "./Logo.tsx";
import css from "./Opening.module.css";

export function Opening({ session }: { readonly session: Extract<Session, { at: "starting" | "opening" }> }) {
  const { words } = useEnvironment();
  const late = useLate(300);
  const waiting = session.at === "opening" && (session.link.at === "offline" || session.link.at === "waiting");
  return (
    <main className={css.page}>
      {late && (
        <>
          <Logo size={40} />
          {session.at === "opening" && <h1 className={css.title}>{waiting ? words.opening.offlineTitle : words.opening.title}</h1>}
          {waiting && <p className={css.text}>{words.opening.offline}</p>}
          <Spinner />
          {session.at === "opening" && <LinkLine link={session.link} />}
        </>
      )}
    </main>
  );
}

function LinkLine({ link }: { readonly link: Link }) {
  const { words, format } = useEnvironment();
  const now = useNow("second");
  if (link.at === "waiting") return <p className={css.text}>{words.link.retryIn(format.span(spanUntil(link.retryAt, now)))}</p>;
  return null;
}
