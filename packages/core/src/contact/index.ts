/** People, as the rest of the core and whoever drives it use them. */
export { contactRows, contactSpaces, restoreContacts } from "./at-rest.ts";
export { foundDirect, type Found, type FoundError } from "./found.ts";
export { fragmentOf, stateOf as invitationState } from "./invitation.ts";
export { seeInvitation } from "./look-up.ts";
export { openRequest, sealRequest, type OpenedRequest, type RequestRefused } from "./request.ts";
export { noContacts, type Contact, type ContactsState, type Invitation, type Relation } from "./state.ts";
export {
  foldIntoContacts,
  heardFrom,
  heardName,
  lookAgain,
  noteIdentity,
  noteList,
  spoilt,
  stepContacts,
  welcomed,
} from "./step.ts";
export {
  contactOf,
  isHeldBack,
  judgeWelcome,
  lookOf,
  mayRing,
  maySend,
  mayShow,
  nameOf,
  safetyNumberOf,
  type WelcomeJudgement,
} from "./trust.ts";
export { CONTACT_KEYS, type ContactContext, type ContactHappening, type ContactStep } from "./work.ts";
export { contactWishes, type ContactAnswers, type ContactWish, type FoundPerson, type InvitationSeen } from "./wishes.ts";
