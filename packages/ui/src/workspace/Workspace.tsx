/** Inside: the rail, the list and the content, with the call above them and one dialog at a time over all. */
import { CSPProvider } from "@base-ui/react/csp-provider";
import { lazy, Suspense, useState } from "react";
import { usePlace, useSignedIn, useSnapshot } from "../environment.ts";
import { RecoveryPage } from "../recovery/RecoveryPage.tsx";
import { useAttention } from "./attention.ts";
import { Content } from "./Content.tsx";
import { useKeys } from "./keys.ts";
import { Lists } from "./Lists.tsx";
import { useNotices } from "./notices.ts";
import { OverlayContext, type Overlay } from "./overlay.ts";
import { Overlays } from "./Overlays.tsx";
import { Rail } from "./Rail.tsx";
import css from "./Workspace.module.css";

const CallLayer = lazy(async () => ({ default: (await import("../call/CallLayer.tsx")).CallLayer }));

export function Workspace() {
  const { recovery } = useSignedIn();
  const [overlay, setOverlay] = useState<Overlay | null>(null);
  const [overlays] = useState(() => ({ open: (next: Overlay) => setOverlay(next), close: () => setOverlay(null) }));
  const calling = useSnapshot((snapshot) => snapshot.call !== null);
  useAttention();
  return (
    <CSPProvider disableStyleElements>
      <OverlayContext value={overlays}>
        {recovery.at === "pending" ? <RecoveryPage /> : <Panes />}
        {calling && (
          <Suspense>
            <CallLayer />
          </Suspense>
        )}
        {overlay && <Overlays overlay={overlay} onClose={overlays.close} />}
      </OverlayContext>
    </CSPProvider>
  );
}

function Panes() {
  const place = usePlace();
  useKeys();
  useNotices();
  const showing = place.at === "chats" || place.at === "contacts" ? "list" : "content";
  return (
    <div className={css.panes} data-showing={showing}>
      <Rail />
      <Lists />
      <Content />
    </div>
  );
}
