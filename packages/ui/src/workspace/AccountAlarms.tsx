/** What is wrong with the account as a whole, above the lists, until it was understood. [U6] */
import { ShieldAlert } from "lucide-react";
import type { AlarmRef } from "@megachat/view";
import { useState } from "react";
import { useEnvironment, useSnapshot } from "../environment.ts";
import { Button } from "../parts/Button.tsx";
import css from "./AccountAlarms.module.css";

export function AccountAlarms() {
  const { words } = useEnvironment();
  const alarms = useSnapshot((snapshot) => snapshot.accountAlarms);
  // For this page only: an alarm whose cause is still there is told again at the next start.
  const [understood, setUnderstood] = useState<ReadonlySet<AlarmRef>>(new Set());
  const told = (alarms ?? []).filter((alarm) => !understood.has(alarm.alarm));
  return (
    <div role="alert">
      {told.map((alarm) => (
        <section key={alarm.alarm} className={css.alarm} aria-label={words.alarms.account[alarm.type].title}>
          <ShieldAlert size={18} aria-hidden />
          <div>
            <p className={css.title}>{words.alarms.account[alarm.type].title}</p>
            <p className={css.text}>{words.alarms.account[alarm.type].text}</p>
            <Button kind="quiet" onClick={() => setUnderstood(new Set([...understood, alarm.alarm]))}>
              {words.alarms.dismiss}
            </Button>
          </div>
        </section>
      ))}
    </div>
  );
}
