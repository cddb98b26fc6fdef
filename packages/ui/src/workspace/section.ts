/** Which list belongs beside a place. */
import type { Place } from "@megachat/view";

export type Section = "chats" | "contacts";

export function sectionOf(place: Place): Section {
  switch (place.at) {
    case "chats":
    case "conversation":
      return "chats";
    case "contacts":
    case "person":
    case "invite":
    case "invitation":
      return "contacts";
  }
}
