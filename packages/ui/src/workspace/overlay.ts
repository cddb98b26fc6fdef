/** What may lie over the workspace: one dialog at a time. */
import type { AccountRef } from "@megachat/view";
import { createContext, use } from "react";
import type { MediaRefusal } from "../media-surface.ts";
import type { Segment } from "../words/links.ts";

export type Overlay =
  | { readonly at: "finder" }
  | { readonly at: "keys" }
  | { readonly at: "settings" }
  | { readonly at: "recovery" }
  | { readonly at: "addContact" }
  | { readonly at: "safetyNumber"; readonly account: AccountRef }
  | { readonly at: "link"; readonly link: Extract<Segment, { type: "link" }> }
  | {
      readonly at: "mediaRefused";
      readonly refusals: readonly MediaRefusal[];
      readonly retry: () => void;
      /** Goes on without what was refused; null where that makes no sense. */
      readonly without: (() => void) | null;
    };

export interface Overlays {
  readonly open: (overlay: Overlay) => void;
  readonly close: () => void;
}

export const OverlayContext = createContext<Overlays | null>(null);

export function useOverlays(): Overlays {
  const overlays = use(OverlayContext);
  if (overlays === null) throw new Error("outside of the workspace");
  return overlays;
}
