/** Which dialog lies over the workspace. */
import { lazy, Suspense } from "react";
import { AddContact } from "../people/AddContact.tsx";
import { SafetyNumber } from "../people/SafetyNumber.tsx";
import { LinkDialog } from "../conversation/LinkDialog.tsx";
import { MediaRefused } from "../call/MediaRefused.tsx";
import { Finder } from "../finder/Finder.tsx";
import type { Overlay } from "./overlay.ts";

const Settings = lazy(async () => ({ default: (await import("../settings/Settings.tsx")).Settings }));
const RecoveryDialog = lazy(async () => ({ default: (await import("../recovery/RecoveryDialog.tsx")).RecoveryDialog }));
const KeysSheet = lazy(async () => ({ default: (await import("./KeysSheet.tsx")).KeysSheet }));

interface OverlaysProps {
  readonly overlay: Overlay;
  readonly onClose: () => void;
}

export function Overlays(props: OverlaysProps) {
  return (
    <Suspense>
      <Over {...props} />
    </Suspense>
  );
}

function Over({ overlay, onClose }: OverlaysProps) {
  switch (overlay.at) {
    case "finder":
      return <Finder onClose={onClose} />;
    case "keys":
      return <KeysSheet onClose={onClose} />;
    case "settings":
      return <Settings onClose={onClose} />;
    case "recovery":
      return <RecoveryDialog onClose={onClose} />;
    case "addContact":
      return <AddContact onClose={onClose} />;
    case "safetyNumber":
      return <SafetyNumber account={overlay.account} onClose={onClose} />;
    case "link":
      return <LinkDialog link={overlay.link} onClose={onClose} />;
    case "mediaRefused":
      return <MediaRefused refusals={overlay.refusals} retry={overlay.retry} without={overlay.without} onClose={onClose} />;
  }
}
