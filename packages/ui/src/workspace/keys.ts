/** The keys that work everywhere inside. Nothing that has a modifier of the system or stands in a text field is taken. */
import { useEffect } from "react";
import { useEnvironment } from "../environment.ts";
import { useOverlays } from "./overlay.ts";

export const isApple = (): boolean => /mac|iphone|ipad/iu.test(navigator.platform);
export const modifierName = (): string => (isApple() ? "⌘" : "Ctrl");

/** Ctrl, or ⌘ on Apple's keyboards, and nothing else. */
export const hasModifier = (event: KeyboardEvent): boolean =>
  (isApple() ? event.metaKey : event.ctrlKey) && !event.altKey && !event.shiftKey;

/** Whether the key belongs to the text being written. */
export function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target instanceof HTMLInputElement ||
      target instanceof HTMLTextAreaElement ||
      target instanceof HTMLSelectElement)
  );
}

export function useKeys(): void {
  const { navigation } = useEnvironment();
  const overlays = useOverlays();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return;
      if (hasModifier(event) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        overlays.open({ at: "finder" });
        return;
      }
      if (
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        document.querySelector('[role="dialog"],[role="alertdialog"],[role="menu"]') !== null
      )
        return;
      if (event.key === "Escape") return stepBack(event, navigation);
      if (isWriting(event.target)) return;
      if (event.key === "?") {
        event.preventDefault();
        overlays.open({ at: "keys" });
        return;
      }
      const step = stepOf(event.key);
      if (step !== 0 && moveInList(step)) event.preventDefault();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [navigation, overlays]);
}

const stepOf = (key: string): 1 | -1 | 0 =>
  key === "j" || key === "J" || key === "ArrowDown" ? 1 : key === "k" || key === "K" || key === "ArrowUp" ? -1 : 0;

/** Moves the focus along the rows of the list that is shown. Arrow keys elsewhere go on scrolling. */
function moveInList(step: 1 | -1): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")].filter((row) =>
    row.checkVisibility({ visibilityProperty: true }),
  );
  const focused = document.activeElement;
  const at = rows.findIndex((row) => row === focused);
  if (at < 0 && focused !== document.body && focused !== null) return false;
  const start = at < 0 ? rows.findIndex((row) => row.ariaCurrent === "page") : at;
  const next = rows[start < 0 ? 0 : start + step];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return next !== undefined;
}

/** Esc: out of what is being written first, then out of the content. */
function stepBack(event: KeyboardEvent, navigation: ReturnType<typeof useEnvironment>["navigation"]): void {
  const place = navigation.get();
  if (place.at === "chats" || place.at === "contacts") return;
  event.preventDefault();
  if (isWriting(event.target) && event.target instanceof HTMLElement && event.target.dataset.composer !== undefined) {
    event.target.blur();
    return;
  }
  navigation.go(place.at === "conversation" ? { at: "chats" } : { at: "contacts" });
}
