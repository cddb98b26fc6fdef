/** The log's type cannot take bytes, objects or secrets: what must not be logged does not compile. */
export type Loggable = number | boolean | LogWord;
/** A word chosen by us, not by a peer: an event's kind, a reason, a state. */
export type LogWord = string & { readonly length: number };
export type LogFields = Readonly<Record<string, Loggable>>;

export interface Log {
  /** The user was told. */
  readonly error: (event: string, fields?: LogFields) => void;
  /** We recovered. */
  readonly warn: (event: string, fields?: LogFields) => void;
  /** One line per change of life. */
  readonly info: (event: string, fields?: LogFields) => void;
  readonly debug: (event: string, fields?: LogFields) => void;
}

const nothing = (): void => {};
export const silentLog: Log = { error: nothing, warn: nothing, info: nothing, debug: nothing };
