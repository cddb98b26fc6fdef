/** A text as a QR code (ISO/IEC 18004), folded away until somebody wants it on the screen. [U29] */
import encodeQR from "qr";
import type { ReactNode } from "react";
import css from "./QrCode.module.css";

/** Modules of light around the code that the standard asks for. */
const QUIET = 4;

interface QrCodeProps {
  readonly text: string;
  readonly summary: string;
  /** What a screen reader calls the picture. */
  readonly label: string;
  readonly children?: ReactNode;
}

export function QrCode({ text, summary, label, children }: QrCodeProps) {
  const rows = encodeQR(text, "raw", { border: QUIET });
  const dark = rows.flatMap((row, y) => row.flatMap((on, x) => (on ? [`M${x} ${y}h1v1h-1z`] : [])));
  return (
    <details className={css.fold}>
      <summary>{summary}</summary>
      <svg role="img" aria-label={label} viewBox={`0 0 ${rows.length} ${rows.length}`} shapeRendering="crispEdges">
        <path d={dark.join("")} />
      </svg>
      {children}
    </details>
  );
}
