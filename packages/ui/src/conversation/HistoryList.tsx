/**
 * The history on the screen. It opens at the first unread message, holds its place while older ones join above, follows new ones only when its end is in sight,
 * and marks as read what was seen. [U14]
 */
import { ArrowDown } from "lucide-react";
import { maxWindow, type Contact, type Conversation, type Message, type Row } from "@megachat/view";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { useEnvironment } from "../environment.ts";
import { Spinner } from "../parts/Waiting.tsx";
import type { History, HistoryState } from "../store/history.ts";
import { HistoryRow, type ShownRow } from "./HistoryRow.tsx";
import css from "./HistoryList.module.css";

interface HistoryListProps {
  readonly history: History;
  readonly conversation: Conversation;
  readonly contact: Contact;
}

const loadAheadPx = 1_200;
const endPx = 48;
// A hand on wheel, screen or keys moves the list for about this long; all other movement is the list's own.
const handMs = 700;

export function HistoryList({ history, conversation, contact }: HistoryListProps) {
  const { words, format } = useEnvironment();
  const state = useSyncExternalStore(history.subscribe, history.get);
  const rows = useRows(state);
  const list = useRef<VirtualizerHandle>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const placed = useRef(false);
  const handAt = useRef(Number.NEGATIVE_INFINITY);
  const [far, setFar] = useState(false);
  const markRead = useMarkRead(conversation);
  const ready = state.at === "ready" ? state : null;
  const isReady = ready !== null;
  const hasNewer = ready?.window.hasNewer ?? false;

  const look = useCallback((): void => {
    const { current: handle } = list;
    const { current: box } = scroller;
    if (handle === null || box === null || !placed.current) return;
    const toEnd = box.scrollHeight - box.scrollTop - box.clientHeight;
    // Measuring rows moves them too; only a hand that scrolls away ends the following.
    if (toEnd < endPx) follows.current = !hasNewer;
    else if (performance.now() - handAt.current < handMs) follows.current = false;
    setFar(!follows.current && (toEnd > box.clientHeight / 2 || hasNewer));
    if (box.scrollTop < loadAheadPx) history.loadOlder();
    if (toEnd < loadAheadPx && hasNewer) history.loadNewer();
    markRead(rows, handle.findItemIndex(handle.scrollOffset + handle.viewportSize - 8));
  }, [history, hasNewer, markRead, rows]);

  // Rows are estimated until they are measured: whoever follows goes to the end again each time the sum changes.
  const inner = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { current: box } = scroller;
    const { current: content } = inner;
    if (!isReady || box === null || content === null) return;
    const observer = new ResizeObserver(() => {
      if (follows.current) box.scrollTop = box.scrollHeight;
    });
    observer.observe(content);
    observer.observe(box);
    return () => observer.disconnect();
  }, [isReady]);
  const toEnd = useCallback((): void => {
    const { current: box } = scroller;
    if (box !== null) box.scrollTop = box.scrollHeight;
  }, []);

  useLayoutEffect(() => {
    if (ready === null || rows.length === 0) return;
    if (!placed.current) {
      placed.current = true;
      const firstNew = rows.findIndex((row) => row.type === "new");
      if (firstNew >= 0) {
        follows.current = false;
        list.current?.scrollToIndex(firstNew, { align: "start", offset: -24 });
      } else toEnd();
    } else if (follows.current) toEnd();
    const frame = requestAnimationFrame(look);
    return () => cancelAnimationFrame(frame);
  }, [ready, rows, toEnd, look]);

  useEffect(() => {
    const { current: box } = scroller;
    if (box === null) return;
    const touch = (event: Event): void => {
      if (!(event instanceof PointerEvent && event.type === "pointermove" && event.buttons === 0))
        handAt.current = performance.now();
    };
    const ways = ["wheel", "touchmove", "pointerdown", "pointermove", "keydown"] as const;
    for (const way of ways) box.addEventListener(way, touch, { passive: true });
    return () => {
      for (const way of ways) box.removeEventListener(way, touch);
    };
  }, []);

  // A step of its own: the list keeps its place from its end while the start is let go.
  useEffect(() => {
    if (ready !== null && ready.window.movedAt === "end" && ready.window.messages.length > maxWindow) history.trim();
  }, [ready, history]);

  useEffect(() => {
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [look]);

  const jump = async (): Promise<void> => {
    follows.current = true;
    await history.toLatest();
    toEnd();
  };

  return (
    <div className={css.frame}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
      <div ref={scroller} className={css.scroller} tabIndex={0} role="group" aria-label={words.conversation.history}>
        <div className={css.spring} />
        {ready !== null && (
          <div ref={inner} role="list" aria-label={words.conversation.messages} className={css.list}>
            <Virtualizer
              ref={list}
              scrollRef={scroller}
              data={rows}
              shift={ready.window.movedAt === "start"}
              onScroll={look}
              onResize={look}
            >
              {(row) => <HistoryRow key={row.key} row={row} account={contact.account} conversation={conversation.conversation} />}
            </Virtualizer>
          </div>
        )}
        {state.at === "loading" && (
          <div className={css.wait}>
            <Spinner />
          </div>
        )}
      </div>
      {ready?.loading === "older" && (
        <div className={css.older}>
          <Spinner />
        </div>
      )}
      {far && (
        <button
          type="button"
          className={css.jump}
          onClick={() => void jump()}
          aria-label={
            conversation.unread > 0
              ? words.conversation.toLatestCount(format.number(conversation.unread))
              : words.conversation.toLatest
          }
        >
          <ArrowDown size={20} aria-hidden />
          {conversation.unread > 0 && <span aria-hidden>{format.number(conversation.unread)}</span>}
        </button>
      )}
    </div>
  );
}

const start: ShownRow = { type: "start", key: "start" };

function useRows(state: HistoryState): readonly ShownRow[] {
  const rows = state.at === "ready" ? state.rows : null;
  const whole = state.at === "ready" && !state.window.hasOlder;
  return useMemo(() => (rows === null ? [] : whole ? [start, ...rows] : rows), [rows, whole]);
}

/** Marks everything up to the lowest line that was on a visible screen, each time it grows. */
function useMarkRead(conversation: Conversation): (rows: readonly ShownRow[], lowest: number) => void {
  const { client } = useEnvironment();
  const marked = useRef(Number.NEGATIVE_INFINITY);
  const { conversation: ref, unread } = conversation;
  return useCallback(
    (rows, lowest) => {
      if (document.hidden || unread === 0) return;
      const seen = lastMessage(rows, lowest);
      if (seen === null || seen.order <= marked.current) return;
      marked.current = seen.order;
      void client.intents.markRead({ conversation: ref, upTo: seen.message });
    },
    [client, ref, unread],
  );
}

function lastMessage(rows: readonly ShownRow[], from: number): Message | null {
  for (let at = Math.min(from, rows.length - 1); at >= 0; at--) {
    const row: Row | ShownRow | undefined = rows[at];
    if (row?.type === "line" && row.message.from !== "self") return row.message;
  }
  return null;
}
