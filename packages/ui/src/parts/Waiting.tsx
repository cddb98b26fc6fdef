/** Waiting made visible: nothing for the first moment, so that quick work does not flash; then a quiet spinner or skeleton. */
import { useEffect, useState } from "react";
import { useWords } from "../environment.ts";
import css from "./Waiting.module.css";

/** True once something has taken longer than a person takes for instant. */
export function useLate(afterMs = 200): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), afterMs);
    return () => clearTimeout(timer);
  }, [afterMs]);
  return late;
}

export function Spinner({ label }: { readonly label?: string }) {
  const words = useWords();
  const late = useLate();
  return (
    <span className={css.wait} role="status">
      {late && <span className={css.spinner} aria-hidden />}
      <span className="unseen">{label ?? words.common.loading}</span>
    </span>
  );
}

/** Rows of a list that is still being read. */
export function SkeletonRows({ count }: { readonly count: number }) {
  const words = useWords();
  const late = useLate();
  return (
    <div role="status" className={css.rows}>
      <span className="unseen">{words.common.loading}</span>
      {late &&
        Array.from({ length: count }, (_, at) => (
          <div key={at} className={css.row} aria-hidden>
            <span className={css.disc} />
            <span className={css.bars} />
          </div>
        ))}
    </div>
  );
}

/** `done` 0–1; null when nobody can say how much is left. */
export function ProgressBar({ label, done }: { readonly label: string; readonly done: number | null }) {
  return <progress className={css.progress} aria-label={label} max={1} {...(done === null ? {} : { value: done })} />;
}
