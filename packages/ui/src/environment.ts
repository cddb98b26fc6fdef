/** What every component may reach: the client, the words, the place and the time. Built once by the `App`. */
import type { Clock } from "@megachat/base";
import type {
  AccountRef,
  Client,
  Contact,
  Conversation,
  ConversationRef,
  Place,
  Session,
  SignedIn,
  Snapshot,
} from "@megachat/view";
import { createContext, use, useSyncExternalStore } from "react";
import type { MediaState, MediaSurface } from "./media-surface.ts";
import type { Navigation } from "./store/navigation.ts";
import type { SnapshotStore } from "./store/snapshot-store.ts";
import type { Ticker } from "./store/ticker.ts";
import type { Toasts } from "./store/toasts.ts";
import type { Words } from "./words/en.ts";
import type { Format } from "./words/format.ts";

export type BrowserKind = "chromium" | "firefox" | "safari" | "other";

/** The browser's promise to keep what is stored. */
export interface StorageKeeper {
  readonly isKept: () => Promise<boolean>;
  /** Asks for it; the browser may ask the person. Whether it will. */
  readonly keep: () => Promise<boolean>;
}

export interface Environment {
  readonly client: Client;
  readonly media: MediaSurface;
  readonly store: SnapshotStore;
  readonly navigation: Navigation;
  readonly toasts: Toasts;
  readonly clock: Clock;
  readonly keeper: StorageKeeper;
  readonly tickers: { readonly second: Ticker; readonly minute: Ticker };
  readonly words: Words;
  readonly format: Format;
  readonly browser: BrowserKind;
  /** Address of this page up to the `#`, for links of our own. */
  readonly address: string;
}

export const EnvironmentContext = createContext<Environment | null>(null);

export function useEnvironment(): Environment {
  const environment = use(EnvironmentContext);
  if (environment === null) throw new Error("outside of the App");
  return environment;
}

export const useWords = (): Words => useEnvironment().words;

/** A part of the snapshot. `select` must give the same object while nothing changed in it. */
export function useSnapshot<T>(select: (snapshot: Snapshot) => T): T {
  const { store } = useEnvironment();
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}

export const useSession = (): Session => useSnapshot((snapshot) => snapshot.session);
export const useContact = (account: AccountRef | null | undefined): Contact | undefined =>
  useSnapshot((snapshot) => (account === null || account === undefined ? undefined : snapshot.contacts.get(account)));
export const useConversation = (conversation: ConversationRef | null): Conversation | undefined =>
  useSnapshot((snapshot) => (conversation === null ? undefined : snapshot.conversations.get(conversation)));

/** The signed-in session; for what exists only inside. */
export function useSignedIn(): SignedIn {
  const session = useSession();
  if (session.at !== "signedIn") throw new Error("not signed in");
  return session;
}

export function usePlace(): Place {
  const { navigation } = useEnvironment();
  return useSyncExternalStore(navigation.subscribe, navigation.get);
}

export function useMedia(): MediaState {
  const { media } = useEnvironment();
  return useSyncExternalStore(media.subscribe, media.state);
}
