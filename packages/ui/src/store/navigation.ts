/** Where this tab is. The address names the place, Back and Forward move between places. [U3] */
import { hashToPlace, placeToHash, type Place } from "@megachat/view";

export interface Navigation {
  readonly get: () => Place;
  readonly subscribe: (listener: () => void) => () => void;
  readonly go: (place: Place) => void;
  /** Goes without leaving the present place in the history. */
  readonly replace: (place: Place) => void;
  /** One step back if this tab came here from another place of the app, else to `fallback`. */
  readonly back: (fallback: Place) => void;
  readonly stop: () => void;
}

// The secret part of a link must not stay where a screenshot, the history or a synchronised address bar keeps it.
// A history entry's state is none of these, and survives a reload.
const hidden = "#/i";
// An entry that this app pushed itself: stepping back from it stays inside the app.
const inside = "inside";

export function createNavigation(window: Window): Navigation {
  let place = read(window);
  const listeners = new Set<() => void>();
  const moved = (next: Place): void => {
    place = next;
    for (const listener of listeners) listener();
  };
  const hide = (): void => {
    if (place.at === "invitation") window.history.replaceState(placeToHash(place), "", hidden);
  };
  const follow = (): void => {
    moved(read(window));
    hide();
  };
  hide();
  window.addEventListener("popstate", follow);
  window.addEventListener("hashchange", follow);
  return {
    get: () => place,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    go: (next) => {
      if (placeToHash(next) !== placeToHash(place)) window.history.pushState(inside, "", placeToHash(next));
      moved(next);
      hide();
    },
    replace: (next) => {
      window.history.replaceState(null, "", placeToHash(next));
      moved(next);
      hide();
    },
    back: (fallback) => {
      if (window.history.state === inside) return window.history.back();
      window.history.replaceState(null, "", placeToHash(fallback));
      moved(fallback);
    },
    stop: () => {
      window.removeEventListener("popstate", follow);
      window.removeEventListener("hashchange", follow);
    },
  };
}

function read(window: Window): Place {
  const kept: unknown = window.history.state;
  return hashToPlace(window.location.hash === hidden && typeof kept === "string" ? kept : window.location.hash);
}
