/** Accounts as a client holds them: the password's half of OPAQUE, and the keys that hang from it. */
export {
  ready,
  type LoggedIn,
  type LoginStarted,
  type OpaqueClient,
  type Refused,
  type Registered,
  type RegistrationStarted,
} from "./client.ts";
export { MAX_PASSWORD_BYTES, parsePassword, type Password, type PasswordError } from "./password.ts";
