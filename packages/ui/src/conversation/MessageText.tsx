/** The text as it was sent, with its links. Nothing is fetched, nothing interpreted. Very long ones are folded until asked for. [U18] */
import { memo, useMemo, useState } from "react";
import { useEnvironment } from "../environment.ts";
import { fold } from "../words/fold.ts";
import { segmentsOf, type Segment } from "../words/links.ts";
import { useOverlays } from "../workspace/overlay.ts";
import css from "./HistoryRow.module.css";

export const MessageText = memo(function MessageText({ text }: { readonly text: string }) {
  const { words } = useEnvironment();
  const [whole, setWhole] = useState(false);
  const short = useMemo(() => fold(text), [text]);
  const shown = whole || short === null ? text : short;
  const segments = useMemo(() => segmentsOf(shown), [shown]);
  return (
    <>
      <span className={css.text} dir="auto">
        {segments.map((segment, at) =>
          // oxlint-disable-next-line react/no-array-index-key -- pieces of one unchanging text
          segment.type === "text" ? segment.text : <MessageLink key={at} link={segment} />,
        )}
        {shown !== text && "…"}
      </span>
      {short !== null && (
        <button type="button" className={css.expand} aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? words.common.showLess : words.common.showAll}
        </button>
      )}
    </>
  );
});

function MessageLink({ link }: { readonly link: Extract<Segment, { type: "link" }> }) {
  const overlays = useOverlays();
  const host = link.doubt === null ? null : new URL(link.href).host;
  return (
    <>
      <a
        href={link.href}
        target="_blank"
        rel="noopener noreferrer nofollow"
        onClick={(event) => {
          if (link.doubt === null) return;
          event.preventDefault();
          overlays.open({ at: "link", link });
        }}
      >
        {link.text}
      </a>
      {host !== null && <span className={css.ascii}> ({host})</span>}
    </>
  );
}
