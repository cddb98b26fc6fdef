/**
 * The whole screen. Before anybody is signed in only the form and what it needs are loaded; conversations and calls come behind it, while somebody types. [U19]
 */
import "./style/tokens.css";
import "./style/base.css";
import type { Clock } from "@megachat/base";
import type { Client, Session } from "@megachat/view";
import { lazy, Suspense, useEffect, useState } from "react";
import { browserKind } from "./browser-kind.ts";
import { EnvironmentContext, useSession, useSnapshot, type Environment, type StorageKeeper } from "./environment.ts";
import { Broken } from "./entry/Broken.tsx";
import { Entry } from "./entry/Entry.tsx";
import { Opening } from "./entry/Opening.tsx";
import type { MediaSurface } from "./media-surface.ts";
import { Toaster } from "./parts/Toaster.tsx";
import { createNavigation } from "./store/navigation.ts";
import { createSnapshotStore } from "./store/snapshot-store.ts";
import { createTicker } from "./store/ticker.ts";
import { createToasts } from "./store/toasts.ts";
import { en } from "./words/en.ts";
import { createFormat } from "./words/format.ts";

export interface AppProps {
  readonly client: Client;
  readonly media: MediaSurface;
  readonly clock: Clock;
  readonly keeper: StorageKeeper;
}

const loadWorkspace = () => import("./workspace/Workspace.tsx");
const Workspace = lazy(async () => ({ default: (await loadWorkspace()).Workspace }));

/** Mounted once, with the same properties for the page's whole life. */
export function App(props: AppProps) {
  const [environment] = useState(() => createEnvironment(props));
  return (
    <EnvironmentContext value={environment}>
      <Look />
      <Screen />
      <Toaster />
    </EnvironmentContext>
  );
}

function createEnvironment({ client, media, clock, keeper }: AppProps): Environment {
  return {
    client,
    media,
    clock,
    keeper,
    store: createSnapshotStore(client),
    navigation: createNavigation(window),
    toasts: createToasts(window),
    tickers: { second: createTicker(clock, 1_000), minute: createTicker(clock, 20_000) },
    words: en,
    format: createFormat(en, en.locale),
    browser: browserKind(navigator.userAgent),
    address: window.location.href.replace(/#.*$/u, ""),
  };
}

function Screen() {
  const session = useShownSession();
  const starting = session.at === "starting";
  // The rest of the program comes while the person types, so that nobody waits for it after "Sign in"; not before, or it
  // would stand in the form's way.
  useEffect(() => {
    if (!starting) void loadWorkspace();
  }, [starting]);
  switch (session.at) {
    case "starting":
    case "opening":
      return <Opening session={session} />;
    case "signedOut":
    case "locked":
    case "working":
      return <Entry session={session} />;
    case "broken":
      return <Broken reason={session.reason} />;
    case "signedIn":
      return (
        <Suspense fallback={<Opening session={{ at: "starting" }} />}>
          <Workspace />
        </Suspense>
      );
  }
}

/**
 * The session as it is shown. Once the form stands there it stays, with what was typed, while the core starts anew behind it.
 */
function useShownSession(): Session {
  const session = useSession();
  const [form, setForm] = useState<Session | null>(null);
  const next =
    session.at === "starting"
      ? form
      : session.at === "signedOut" || session.at === "locked" || session.at === "working"
        ? session
        : null;
  if (next !== form) setForm(next);
  return next ?? session;
}

/** Theme and contrast of the account, on the page's root. */
function Look() {
  const { theme, contrast } = useSnapshot((snapshot) => snapshot.settings);
  useEffect(() => {
    const { dataset } = document.documentElement;
    dataset.theme = theme;
    dataset.contrast = contrast;
  }, [theme, contrast]);
  return null;
}
