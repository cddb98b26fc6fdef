/** The peer's sound: played by an element of its own, so that it goes on whatever the screen shows. [M18] */
export interface Sound extends Disposable {
  readonly play: (track: MediaStreamTrack | null) => void;
  /** Where this browser lets a page choose; null is the system's default. False when it was refused. */
  readonly choose: (id: string | null) => Promise<boolean>;
  readonly chosen: () => string | null;
  readonly canChoose: boolean;
  /** The browser wants a click before it plays. */
  readonly needsClick: () => boolean;
}

export function openSound(document: Document, onChange: () => void): Sound {
  const element = document.createElement("audio");
  let chosen: string | null = null;
  let needsClick = false;
  const set = (needed: boolean): void => {
    if (needsClick === needed) return;
    needsClick = needed;
    onChange();
  };
  const start = (): void => {
    if (!element.srcObject) return set(false);
    element.play().then(
      () => set(false),
      // Playing is refused until the user has touched the page; anything else has no track to play.
      (fault: unknown) => set(fault instanceof DOMException && fault.name === "NotAllowedError"),
    );
  };
  const clicked = (): void => {
    if (needsClick) start();
  };
  document.addEventListener("click", clicked, true);
  return {
    play: (track) => {
      element.srcObject = track && new MediaStream([track]);
      start();
    },
    choose: async (id) => {
      try {
        await element.setSinkId(id ?? "");
        chosen = id;
        return true;
      } catch {
        return false;
      }
    },
    chosen: () => chosen,
    canChoose: "setSinkId" in element,
    needsClick: () => needsClick,
    [Symbol.dispose]: () => {
      document.removeEventListener("click", clicked, true);
      element.srcObject = null;
    },
  };
}
