/** A person's name as its own island of text, with the mark that says how well the keys are known. [U5] [U11] */
import { ShieldAlert, ShieldCheck } from "lucide-react";
import { nameOf, type Contact } from "@megachat/view";
import { useWords } from "../environment.ts";
import css from "./PersonName.module.css";

type Named = Pick<Contact, "displayName" | "handle" | "trust">;

export function PersonName({ person }: { readonly person: Named }) {
  return (
    <span className={css.line}>
      <bdi className={css.name} title={nameOf(person)}>
        {nameOf(person)}
      </bdi>
      <TrustMark trust={person.trust} />
    </span>
  );
}

/** A shield only where keys were compared or have changed; the ordinary state needs no mark. */
export function TrustMark({ trust }: Pick<Contact, "trust">) {
  const words = useWords();
  if (trust.at === "verified")
    return <ShieldCheck className={css.verified} size={16} role="img" aria-label={words.people.state.verified} />;
  if (trust.at === "changed")
    return <ShieldAlert className={css.changed} size={16} role="img" aria-label={words.people.state.changed} />;
  return null;
}
