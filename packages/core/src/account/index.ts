/** The own account, as the rest of the core and whoever drives it use it. */
export { accountRows, accountSpaces, restoreAccount, type StoredRow } from "./at-rest.ts";
export { readFaces, stands, type Faces, type NotAuthentic, type RawFaces } from "./faces.ts";
export { type LoginError } from "./login.ts";
export {
  opaqueHere,
  type AccountPorts,
  type AccountStage,
  type OpaqueLogin,
  type OpaquePort,
  type OpaqueRegistration,
  type ServerPort,
  type StorageError,
  type Unanswered,
  type VaultPort,
} from "./ports.ts";
export { characters, cleanName, MAX_DISPLAY_NAME } from "./profile.ts";
export { resume, resumed, type ResumeError } from "./resume.ts";
export { type Self } from "./self.ts";
export { settingsOf, type SettingName, type Settings } from "./settings.ts";
export { revealRecoveryKey, signIn, type SignedIn, type SignInError, type SignInWish } from "./sign-in.ts";
export { signUp, type SignedUp, type SignUpError, type SignUpWish } from "./sign-up.ts";
export { type AccountAlarm, type AccountAlarmType, type AccountState, type Fold, type Profile, type Recovery } from "./state.ts";
export {
  ACCOUNT_KEYS,
  appendEntries,
  holdRecoveryKey,
  keyPackageUsed,
  raiseAccountAlarm,
  stepAccount,
  type AccountStep,
} from "./step.ts";
export { decodeHeader, encodeHeader, headerSignedOut, type DatabaseKey, type VaultHeader } from "./vault.ts";
export { accountWishes, type AccountAnswers, type AccountWish, type ShownWords } from "./wishes.ts";
