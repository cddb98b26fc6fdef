/** The gallery: `?scene=name` shows one screen in one state, without a server; without a name, the list of all. Development and tests only. */
import { instant } from "@megachat/base";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "../src/App.tsx";
import { createFakeClient, type FakeClient } from "../src/testing/fake-client.ts";
import { createFakeMedia } from "../src/testing/fake-media.ts";
import { bob, now } from "./people.ts";
import { hashOf, sceneNames, scenes, type Scene, type SceneName } from "./scenes.ts";

declare global {
  interface Window {
    /** For tests: the core in memory behind the screen. */
    fake: FakeClient;
  }
}

const name = new URLSearchParams(window.location.search).get("scene");
const isName = (text: string | null): text is SceneName => text !== null && Object.hasOwn(scenes, text);
const place = document.getElementById("app");
if (place === null) throw new Error("no place to draw");

if (isName(name)) {
  const scene: Scene = scenes[name];
  // The clock of the gallery starts at one moment, so that pictures can be compared.
  const start = performance.now();
  const clock = { now: () => instant(now + performance.now() - start) };
  // Refused once, then granted.
  let asked = 0;
  const keeper = { isKept: async () => asked > 1, keep: async () => ++asked > 1 };
  if (window.location.hash === "") window.history.replaceState(null, "", hashOf(scene));
  window.fake = createFakeClient({
    snapshot: scene.snapshot,
    messages: scene.messages ?? new Map(),
    clock,
    account: { ...bob, recovery: { at: "pending" } },
    ...(scene.answers && { answers: scene.answers }),
    ...(scene.slowness === undefined ? {} : { slowness: scene.slowness }),
    ...(scene.slowed === undefined ? {} : { slowed: scene.slowed }),
  });
  createRoot(place).render(
    <StrictMode>
      <App client={window.fake} media={createFakeMedia(scene.media)} clock={clock} keeper={keeper} />
    </StrictMode>,
  );
} else {
  createRoot(place).render(
    <main>
      <h1>Gallery</h1>
      <ul>
        {sceneNames.map((each) => (
          <li key={each}>
            <a href={`?scene=${each}`}>{each}</a>
          </li>
        ))}
      </ul>
    </main>,
  );
}
