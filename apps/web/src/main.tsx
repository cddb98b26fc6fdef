/** The page: composition root. It names every power it grants: three workers, the tab's media, the clock. */
import "./freeze.ts";
import { App } from "@megachat/ui";
import { wallClock } from "@megachat/worker/client";
import { createRoot } from "react-dom/client";
import { brokenClient } from "./broken-client.ts";
import { openSurface } from "./call/surface.ts";
import { withMedia } from "./call/with-media.ts";
import { connectCore } from "./connect.ts";
// oxlint-disable-next-line import/default -- the bundler gives the address of the built worker.
import coreUrl from "./core.worker.ts?worker&url";
import { keepStorage, keeper } from "./keep-storage.ts";
// oxlint-disable-next-line import/default -- the bundler gives the address of the built worker.
import mediaUrl from "./media.worker.ts?worker&url";
// oxlint-disable-next-line import/default -- the bundler gives the address of the built worker.
import opaqueUrl from "./opaque.worker.ts?worker&url";
import { whatIsMissing } from "./requirements.ts";
import { scriptUrls } from "./trusted.ts";

const scriptUrl = scriptUrls([coreUrl, mediaUrl, opaqueUrl]);
const startWorker = (url: string): Worker => new Worker(scriptUrl(url), { type: "module" });

const missing = whatIsMissing();
const core = missing ? brokenClient(missing) : connectCore(startWorker(coreUrl), () => startWorker(opaqueUrl));
const media = openSurface({ port: core.media, createWorker: () => startWorker(mediaUrl), devices: navigator.mediaDevices });
const client = withMedia(core.client, core.media, media);
keepStorage(client);

const root = document.getElementById("app");
if (!root) throw new Error("index.html has no place for the app");
createRoot(root).render(<App client={client} media={media.surface} clock={wallClock} keeper={keeper} />);
