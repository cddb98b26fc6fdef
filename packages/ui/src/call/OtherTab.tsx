/** A call that another tab holds: said here, and ended from here if wanted. */
import { Phone } from "lucide-react";
import { nameOf, type Call, type Contact } from "@megachat/view";
import { useEnvironment } from "../environment.ts";
import { Button } from "../parts/Button.tsx";
import { isolated } from "../words/isolated.ts";
import css from "./OtherTab.module.css";
import { HangUpIcon } from "./HangUpIcon.tsx";

export function OtherTab({ call, contact }: { readonly call: Call; readonly contact: Contact }) {
  const { client, words } = useEnvironment();
  return (
    <aside className={css.bar} aria-label={words.call.stage(isolated(nameOf(contact)))}>
      <Phone size={18} aria-hidden />
      <span className={css.text}>{words.call.otherTab(isolated(nameOf(contact)))}</span>
      <Button kind="danger" icon={HangUpIcon} onClick={() => client.intents.hangUp({ call: call.call })}>
        {words.call.leave}
      </Button>
    </aside>
  );
}
