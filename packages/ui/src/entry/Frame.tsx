/** The first page: what this is on one side, the form on the other; on a phone one above the other. */
import type { ReactNode } from "react";
import { Logo } from "./Logo.tsx";
import { useWords } from "../environment.ts";
import css from "./Frame.module.css";

interface FrameProps {
  readonly headline: string;
  readonly text: string;
  readonly children: ReactNode;
}

export function Frame({ headline, text, children }: FrameProps) {
  const { first, product } = useWords();
  return (
    <div className={css.frame}>
      <header className={css.say}>
        <p className={css.mark}>
          <Logo />
          {product}
        </p>
        <div>
          <h1 className={css.headline}>{headline}</h1>
          <p className={css.text}>{text}</p>
        </div>
        <details className={css.honest}>
          <summary>
            {first.honest} <span className={css.more}>{first.honestMore}</span>
          </summary>
          {first.honestText.map((paragraph) => (
            <p key={paragraph}>{paragraph}</p>
          ))}
        </details>
      </header>
      <main className={css.main}>{children}</main>
    </div>
  );
}
