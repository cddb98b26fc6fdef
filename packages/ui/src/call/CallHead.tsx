/** Who, since when, and what was measured of the protection; the shield leads to the explanation. */
import { Lock, LockOpen, ShieldAlert, ShieldCheck } from "lucide-react";
import { callTrust, inGroups, nameOf, type Call, type CallTrust, type Contact } from "@megachat/view";
import { useEnvironment } from "../environment.ts";
import { CallTime } from "./CallTime.tsx";
import css from "./CallHead.module.css";

interface CallHeadProps {
  readonly call: Call;
  readonly contact: Contact;
  readonly onSecurity: () => void;
}

const shields = {
  notMeasured: LockOpen,
  sealed: Lock,
  sealedVerified: ShieldCheck,
  keysChanged: ShieldAlert,
} as const satisfies Record<CallTrust, unknown>;

export function CallHead({ call, contact, onSecurity }: CallHeadProps) {
  const { words } = useEnvironment();
  const trust = callTrust(call, contact);
  const Shield = shields[trust];
  const talking = call.state.at === "connected" || call.state.at === "reconnecting";
  return (
    <header className={css.head}>
      <h2 className={css.name}>
        <bdi>{nameOf(contact)}</bdi>
      </h2>
      <p className={css.line}>
        <CallTime call={call} />
      </p>
      {talking && (
        <button type="button" className={css.trust} data-trust={trust} onClick={onSecurity}>
          <Shield size={15} aria-hidden />
          {words.call.trust[trust]}
          {call.code !== null && <span>· {words.call.code(inGroups(call.code, 4).join(" "))}</span>}
        </button>
      )}
    </header>
  );
}
