/** A sign-up or sign-in under way: which step, in words. */
import type { Session } from "@megachat/view";
import { useWords } from "../environment.ts";
import { ProgressBar } from "../parts/Waiting.tsx";
import css from "./form.module.css";

export function Working({ session }: { readonly session: Extract<Session, { at: "working" }> }) {
  const { work } = useWords();
  return (
    <div className={css.form} role="status">
      <h2 className={css.title}>{work[session.work]}</h2>
      <ProgressBar label={work[session.work]} done={null} />
      <p className={css.note}>{work.stage[session.stage]}…</p>
    </div>
  );
}
