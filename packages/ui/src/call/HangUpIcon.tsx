/** The receiver put down: what everybody knows as hanging up. */
import { Phone, type LucideProps } from "lucide-react";
import { forwardRef } from "react";
import css from "./HangUpIcon.module.css";

/** Typed like the icons of the set, because it stands beside them. */
export const HangUpIcon = forwardRef<SVGSVGElement, LucideProps>(function HangUpIcon(props, ref) {
  return <Phone ref={ref} {...props} className={css.down} fill="currentColor" strokeWidth={0} />;
});
