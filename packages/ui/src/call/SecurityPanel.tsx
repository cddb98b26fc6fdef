/** The code to read aloud, who is in, what the server sees, and how good the call is: only what keys prove and what was measured. [U16] [U27] */
import { ShieldCheck, X } from "lucide-react";
import type { Instant } from "@megachat/base";
import { inGroups, nameOf, type Call, type CallBrowser, type Contact } from "@megachat/view";
import { useEnvironment } from "../environment.ts";
import { IconButton } from "../parts/Button.tsx";
import { PersonName } from "../parts/PersonName.tsx";
import type { Words } from "../words/en.ts";
import type { Format } from "../words/format.ts";
import { isolated } from "../words/isolated.ts";
import css from "./SecurityPanel.module.css";

interface SecurityPanelProps {
  readonly call: Call;
  readonly contact: Contact;
  readonly onClose: () => void;
}

export function SecurityPanel({ call, contact, onClose }: SecurityPanelProps) {
  const { words, format, clock } = useEnvironment();
  const { callSecurity: said } = words;
  const { quality } = call;
  return (
    <aside className={css.panel} aria-label={said.title}>
      <header className={css.head}>
        <h3 className={css.title}>{said.title}</h3>
        <IconButton icon={X} label={words.common.close} onClick={onClose} />
      </header>
      <section className={css.part}>
        <h4>{said.code}</h4>
        {call.code === null ? (
          <p className={css.text}>{said.codePending}</p>
        ) : (
          <>
            <p className={css.code}>{inGroups(call.code, 4).join(" ")}</p>
            <p className={css.text}>{said.codeHow(isolated(nameOf(contact)))}</p>
          </>
        )}
      </section>
      <section className={css.part}>
        <h4>{said.who}</h4>
        <ul className={css.members}>
          <li className={css.member}>
            <PersonName person={contact} />
            <p className={css.text}>{knownSince(contact, words, format)}</p>
            <Browsers call={call} of="peer" />
          </li>
          <li className={css.member}>
            <span>{words.common.you}</span>
            <Browsers call={call} of="self" />
          </li>
        </ul>
        <p className={css.text}>{connectedSince(call, words, format, clock.now())}</p>
      </section>
      <section className={css.part}>
        <h4>
          <ShieldCheck size={15} aria-hidden /> {said.frames}
        </h4>
        <p className={css.text}>
          {quality === null
            ? said.notYet
            : said.framesText(format.number(quality.framesOpened), format.number(quality.framesRefused))}
        </p>
      </section>
      <section className={css.part}>
        <h4>{said.server}</h4>
        <p className={css.text}>{said.serverText}</p>
        {quality !== null && quality.path !== null && (
          <p className={css.text}>{quality.path === "relay" ? said.relay : said.direct}</p>
        )}
      </section>
      <section className={css.part}>
        <h4>{said.quality}</h4>
        <Measures call={call} />
      </section>
    </aside>
  );
}

/** What is known of a person's keys, and since when. */
function knownSince({ trust, addedAt }: Contact, { callSecurity: { keys } }: Words, format: Format): string {
  switch (trust.at) {
    case "verified":
      return keys.verified(format.date(trust.on));
    case "changed":
      return keys.changed(format.date(trust.on));
    case "unverified":
      return (trust.invited ? keys.invited : keys.unverified)(format.date(addedAt));
  }
}

function connectedSince({ state }: Call, { callSecurity: { connected } }: Words, format: Format, now: Instant): string {
  return state.at === "connected" || state.at === "reconnecting"
    ? connected.since(format.since(state.since, now))
    : connected.notYet;
}

/** One side's browsers: this call's, and others that could not be heard or seen in it. */
function Browsers({ call: { browsers }, of }: { readonly call: Call; readonly of: CallBrowser["of"] }) {
  const { words } = useEnvironment();
  const { browser } = words.callSecurity;
  if (browsers === null) return <p className={css.text}>{of === "self" ? browser.own : browser.notYet}</p>;
  return browsers.map(({ of: whose, name, inCall }) =>
    whose !== of ? null : (
      <p key={name} className={css.line}>
        <span className={css.text}>{of === "self" && inCall ? browser.here(isolated(name)) : browser.named(isolated(name))}</span>
        <span className={css.value}>{inCall ? browser.inCall : browser.notInCall}</span>
      </p>
    ),
  );
}

function Measures({ call: { quality } }: { readonly call: Call }) {
  const { words, format } = useEnvironment();
  const { callSecurity: said } = words;
  if (quality === null) return <p className={css.text}>{said.notYet}</p>;
  const { picture } = quality;
  const rows: readonly (readonly [string, string | null])[] = [
    [said.quality, said.level[quality.level]],
    [said.path, quality.path && (quality.path === "direct" ? said.pathDirect : said.pathRelay)],
    [said.roundTrip, quality.roundTrip === null ? null : format.milliseconds(quality.roundTrip)],
    [said.loss, quality.loss === null ? null : format.percent(quality.loss)],
    [said.received, quality.bitsIn === null ? null : format.rate(quality.bitsIn)],
    [said.sent, quality.bitsOut === null ? null : format.rate(quality.bitsOut)],
    [
      said.picture,
      picture && said.pictureValue(String(picture.width), String(picture.height), format.number(picture.framesPerSecond)),
    ],
    [said.setUp, quality.setUp === null ? null : format.milliseconds(quality.setUp)],
  ];
  return (
    <dl className={css.measures}>
      {rows.map(([name, value]) =>
        value === null ? null : (
          <div key={name} className={css.line}>
            <dt>{name}</dt>
            <dd className={css.value}>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
