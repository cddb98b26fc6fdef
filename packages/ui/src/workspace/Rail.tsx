/** The places of the app: a rail at the side, on narrow screens a bar under the thumb. */
import { MessageCircle, Settings as SettingsIcon, Users, type LucideIcon } from "lucide-react";
import { requestsWaiting, unreadTotal, type Place } from "@megachat/view";
import { useEnvironment, usePlace, useSignedIn, useSnapshot } from "../environment.ts";
import { Avatar } from "../parts/Avatar.tsx";
import { isolated } from "../words/isolated.ts";
import { useOverlays } from "./overlay.ts";
import { PlaceLink } from "./PlaceLink.tsx";
import { sectionOf } from "./section.ts";
import css from "./Rail.module.css";

export function Rail() {
  const { words, format } = useEnvironment();
  const { displayName, handle, hue } = useSignedIn();
  const overlays = useOverlays();
  const section = sectionOf(usePlace());
  const unread = useSnapshot((snapshot) => unreadTotal(snapshot.conversations.values()));
  const requests = useSnapshot((snapshot) => requestsWaiting(snapshot.contacts.values()));
  const name = displayName ?? handle;
  return (
    <nav className={css.rail} aria-label={words.places.label}>
      <RailLink
        place={{ at: "chats" }}
        icon={MessageCircle}
        text={words.places.chats}
        current={section === "chats"}
        count={unread}
        countText={words.places.unread(format.number(unread))}
      />
      <RailLink
        place={{ at: "contacts" }}
        icon={Users}
        text={words.places.contacts}
        current={section === "contacts"}
        count={requests}
        countText={words.places.requests(format.number(requests))}
      />
      <button type="button" className={css.me} title={words.places.settings} onClick={() => overlays.open({ at: "settings" })}>
        <span className={css.picture}>
          <span className={css.face}>
            <Avatar name={name} hue={hue} />
          </span>
          <span className={css.gear}>
            <SettingsIcon aria-hidden />
          </span>
        </span>
        <span className={css.meText} aria-hidden>
          {words.places.settings}
        </span>
        <span className="unseen">{words.places.you(isolated(name))}</span>
      </button>
    </nav>
  );
}

interface RailLinkProps {
  readonly place: Place;
  readonly icon: LucideIcon;
  readonly text: string;
  readonly current: boolean;
  readonly count: number;
  readonly countText: string;
}

function RailLink({ place, icon: Icon, text, current, count, countText }: RailLinkProps) {
  const { format } = useEnvironment();
  return (
    <PlaceLink place={place} className={css.link} current={current}>
      <span className={css.picture}>
        <Icon size={22} aria-hidden />
        {count > 0 && (
          <span className={css.count} aria-hidden>
            {count > 99 ? "99+" : format.number(count)}
          </span>
        )}
      </span>
      {text}
      {count > 0 && <span className="unseen">, {countText}</span>}
    </PlaceLink>
  );
}
