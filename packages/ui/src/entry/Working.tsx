/** A sign-up or sign-in under way: which step, in words; how long at least, where the server says so; and the way out. [U28] */
import type { Instant } from "@megachat/base";
import type { Session } from "@megachat/view";
import { useState } from "react";
import { useEnvironment } from "../environment.ts";
import { Button } from "../parts/Button.tsx";
import { ProgressBar, useLate } from "../parts/Waiting.tsx";
import { spanUntil, useNow } from "../store/ticker.ts";
import css from "./form.module.css";

/** Work that is over before this needs no way out. */
const LONG_MS = 2_000;

export function Working({ session }: { readonly session: Extract<Session, { at: "working" }> }) {
  const { words, client } = useEnvironment();
  const { work } = words;
  const { stage, until, cancellable } = session;
  const late = useLate(LONG_MS);
  return (
    <div className={css.form}>
      <div className={css.work} role="status">
        <h2 className={css.title}>{work[session.work]}</h2>
        {until === null && <ProgressBar label={work[session.work]} done={null} />}
        <p className={css.note}>{work.stage[stage]}</p>
      </div>
      {until !== null && <Countdown key={until} until={until} label={work[session.work]} />}
      {/* Its place is kept, so that nothing moves when it comes. */}
      <div className={css.out} data-shown={cancellable && (late || until !== null)}>
        <Button wide onClick={() => client.intents.cancelWork({})}>
          {words.common.cancel}
        </Button>
      </div>
    </div>
  );
}

/** The wait that the server asks for; what is still computed when it is over takes moments, and nobody knows how many. */
function Countdown({ until, label }: { readonly until: Instant; readonly label: string }) {
  const { words, format, clock } = useEnvironment();
  const now = useNow("second");
  const [began] = useState(clock.now);
  const done = now >= until ? null : Math.max(0, (now - began) / (until - began));
  return (
    <>
      <ProgressBar label={label} done={done} />
      <p className={css.note} role="timer">
        {now >= until ? words.work.again : words.work.againIn(format.span(spanUntil(until, now)))}
      </p>
    </>
  );
}
