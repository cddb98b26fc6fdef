/** Accounts as a client holds them: the password's half of OPAQUE, and the keys that hang from it. */
export { buildAccountAddress, verifyAccountAddress, type AddressDraft, type AddressFacts } from "./account-address.ts";
export {
  addressPair,
  archiveKey,
  identityPair,
  loginPair,
  newAccountSecret,
  newRootKey,
  type AccountSecret,
  type KeyPair,
  type RootKey,
  type SecretBytes,
} from "./account-keys.ts";
export {
  buildAccountRecord,
  setupKeyHash,
  verifyAccountRecord,
  type AccountFacts,
  type KnownIdentity,
  type Link,
  type RecordError,
} from "./account-record.ts";
export { openAccountRow, sealAccountRow, type RowPlace } from "./account-row.ts";
export { openAccountSecret, sealAccountSecret, type NumberedSecret } from "./account-secret.ts";
export { ready, type LoggedIn, type LoginStarted, type OpaqueClient, type Registered, type RegistrationStarted } from "./client.ts";
export {
  buildDeviceList,
  verifyDeviceList,
  type DeviceListDraft,
  type DeviceListError,
  type DeviceListFacts,
  type KnownList,
  type StandingDevice,
} from "./device-list.ts";
export { openAccount, type AccountAnswer, type KnownAccount, type OpenedAccount } from "./open-account.ts";
export { MAX_PASSWORD_BYTES, parsePassword, type Password, type PasswordError } from "./password.ts";
export { openRoot, wrapRoot, type RootContents, type Route, type WrapError } from "./root-wrap.ts";
export { openSigned, signBody, type Refused } from "./signed.ts";
