/** What every package speaks: results, brands, bytes, time, chance, secrets and the log. Imports nothing. */
export { type Brand } from "./brand.ts";
export {
  bytesEqual,
  compareBytes,
  concatBytes,
  decodeUtf8,
  encodeUtf8,
  fromBase64Url,
  fromHex,
  toBase64Url,
  toHex,
  u64,
} from "./bytes.ts";
export { type Log, type LogFields, type Loggable, silentLog } from "./log.ts";
export { type Random } from "./random.ts";
export { err, ok, type Err, type Ok, type Result } from "./result.ts";
export { Secret } from "./secret.ts";
export { after, days, hours, instant, minutes, seconds, since, type Clock, type Duration, type Instant } from "./time.ts";
