/** What cannot go on in this page: what happened, and what to do. */
import { TriangleAlert } from "lucide-react";
import type { Broken as BrokenReason } from "@megachat/view";
import { useWords } from "../environment.ts";
import { Button } from "../parts/Button.tsx";
import css from "./Opening.module.css";

export function Broken({ reason }: { readonly reason: BrokenReason }) {
  const words = useWords();
  const said = words.broken[reason.type];
  const text =
    typeof said.text === "string" ? said.text : said.text(reason.type === "browserTooOld" ? reason.missing.join(", ") : "");
  return (
    <main className={css.page}>
      <TriangleAlert size={32} aria-hidden />
      <div role="alert" className={css.said}>
        <h1 className={css.title}>{said.title}</h1>
        <p className={css.text}>{text}</p>
      </div>
      <Button kind="main" onClick={() => window.location.reload()}>
        {words.common.reload}
      </Button>
    </main>
  );
}
