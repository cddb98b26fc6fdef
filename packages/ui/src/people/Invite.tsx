/** The first screen's one thing to do, and the place of one's links later. */
import { ArrowLeft, Share2 } from "lucide-react";
import { nameOf, placeToHash, type Invitation } from "@megachat/view";
import { useState } from "react";
import { useEnvironment, usePlace, useSignedIn, useSnapshot } from "../environment.ts";
import { Button, IconButton } from "../parts/Button.tsx";
import { CopyButton } from "../parts/CopyButton.tsx";
import { FormError } from "../parts/Field.tsx";
import { QrCode } from "../parts/QrCode.tsx";
import { useNow } from "../store/ticker.ts";
import { isolated } from "../words/isolated.ts";
import { useOverlays } from "../workspace/overlay.ts";
import css from "./Invite.module.css";

export function Invite() {
  const { client, words, format, clock, navigation } = useEnvironment();
  const { handle } = useSignedIn();
  const overlays = useOverlays();
  const place = usePlace();
  const invitations = useSnapshot((snapshot) => snapshot.invitations);
  const first = useSnapshot((snapshot) => snapshot.contacts.size === 0);
  const [problem, setProblem] = useState<string | null>(null);
  const open = invitations.filter((invitation) => invitation.state === "open" && invitation.usedBy.length === 0);
  const others = invitations.filter((invitation) => !open.includes(invitation));

  const create = async (): Promise<void> => {
    setProblem(null);
    const answer = await client.intents.createInvitation({});
    if (!answer.ok)
      setProblem(
        answer.error.type === "offline"
          ? words.errors.offline
          : words.errors.limited(format.ahead(answer.error.retryAt, clock.now())),
      );
  };

  return (
    <div className={css.page}>
      {place.at === "invite" && (
        <header className={css.bar}>
          <IconButton icon={ArrowLeft} label={words.common.back} onClick={() => navigation.back({ at: "contacts" })} />
        </header>
      )}
      <div className={css.body}>
        <div>
          <h1 className={css.title}>{first ? words.invite.first : words.invite.title}</h1>
          <p className={css.lead}>{words.invite.lead}</p>
        </div>
        {open.map((invitation) => (
          <OpenLink key={invitation.invitation} invitation={invitation} />
        ))}
        <FormError>{problem}</FormError>
        <div className={css.actions}>
          <Button kind={open.length === 0 ? "main" : "plain"} onClick={create}>
            {open.length === 0 ? words.invite.create : words.invite.another}
          </Button>
        </div>
        <p className={css.or}>
          {words.invite.orName} <b>{handle}</b>
        </p>
        <div className={css.flush}>
          <Button kind="quiet" onClick={() => overlays.open({ at: "addContact" })}>
            {words.invite.orAdd}
          </Button>
        </div>
        {others.length > 0 && (
          <ul className={css.others}>
            {others.map((invitation) => (
              <OtherLink key={invitation.invitation} invitation={invitation} />
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

function OpenLink({ invitation }: { readonly invitation: Invitation }) {
  const { words, format, address } = useEnvironment();
  const { handle } = useSignedIn();
  const link = address + placeToHash({ at: "invitation", handle, fragment: invitation.fragment ?? "" });
  const canShare = "share" in navigator && matchMedia("(pointer: coarse)").matches;
  const share = async (): Promise<void> => {
    await navigator.share({ text: words.invite.shareText, url: link }).catch(() => undefined);
  };
  return (
    <section className={css.card} aria-label={words.invite.link}>
      <input className={css.link} readOnly value={link} aria-label={words.invite.link} onFocus={(event) => event.target.select()} />
      <div className={css.actions}>
        <CopyButton kind="main" text={link} label={words.invite.copy} />
        {canShare && (
          <Button icon={Share2} onClick={share}>
            {words.invite.share}
          </Button>
        )}
        <Revoke invitation={invitation} />
      </div>
      <QrCode text={link} summary={words.invite.asCode} label={words.invite.code}>
        {words.invite.codeText}
      </QrCode>
      <p className={css.note}>
        {words.invite.openUntil(format.date(invitation.expiresAt))}. {words.invite.note}
      </p>
    </section>
  );
}

function OtherLink({ invitation }: { readonly invitation: Invitation }) {
  const { words, format } = useEnvironment();
  const contacts = useSnapshot((snapshot) => snapshot.contacts);
  const now = useNow("minute");
  const names = invitation.usedBy.map((account) => contacts.get(account)).filter((contact) => contact !== undefined);
  return (
    <li className={css.other}>
      <span>
        {names.length > 0
          ? words.invite.usedBy(format.list(names.map((contact) => isolated(nameOf(contact)))))
          : invitation.state === "open"
            ? words.invite.link
            : words.invite.over[invitation.state]}
        <span className={css.note}> · {format.when(invitation.createdAt, now)}</span>
      </span>
      {invitation.state === "open" && <Revoke invitation={invitation} />}
    </li>
  );
}

function Revoke({ invitation }: { readonly invitation: Invitation }) {
  const { client, words, toasts } = useEnvironment();
  const revoke = async (): Promise<void> => {
    const answer = await client.intents.revokeInvitation({ invitation: invitation.invitation });
    toasts.say(answer.ok ? words.invite.revoked : words.errors.offline);
  };
  return (
    <Button kind="danger" onClick={revoke}>
      {words.invite.revoke}
    </Button>
  );
}
