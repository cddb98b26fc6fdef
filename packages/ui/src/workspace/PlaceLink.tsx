/** A link to a place of the app: a real link, so that it can be opened in a new tab and found as one. */
import { placeToHash, type Place } from "@megachat/view";
import type { ReactNode } from "react";
import { useEnvironment } from "../environment.ts";

interface PlaceLinkProps {
  readonly place: Place;
  readonly children: ReactNode;
  readonly className?: string | undefined;
  readonly current?: boolean;
  readonly label?: string;
  readonly row?: boolean;
}

export function PlaceLink({ place, children, className, current = false, label, row = false }: PlaceLinkProps) {
  const { navigation } = useEnvironment();
  return (
    <a
      href={placeToHash(place)}
      className={className}
      aria-current={current ? "page" : undefined}
      aria-label={label}
      data-row={row ? "" : undefined}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        navigation.go(place);
      }}
    >
      {children}
    </a>
  );
}
