/**
 * What the core says back of a draft that this tab saved is an echo: while it was on its way the field may have gone on, or
 * been emptied by sending. Whatever else comes is another tab's. [U7]
 */
export interface Echoes {
  /** The core was told this. */
  readonly told: (draft: string) => void;
  /** The core did not do what it was told. */
  readonly forget: () => void;
  readonly isEcho: (draft: string) => boolean;
}

export function createEchoes(): Echoes {
  const awaited = new Set<string>();
  let newest: string | null = null;
  const forget = (): void => {
    awaited.clear();
    newest = null;
  };
  return {
    told: (draft) => {
      awaited.add(draft);
      newest = draft;
    },
    forget,
    isEcho: (draft) => {
      if (!awaited.has(draft)) return false;
      // Drafts may be passed over on the way, so the newest answers for all before it.
      if (draft === newest) forget();
      return true;
    },
  };
}
