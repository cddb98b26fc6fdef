/** Values from another agent are judged before they are used: total, bounded, exact. [V30] */

/** Whether a value of unknown origin is a `T`. Never throws. */
export type Check<T> = (value: unknown) => value is T;
type Checked<C> = C extends Check<infer T> ? T : never;
type AnyCheck = Check<unknown>;

/** Well-formed text of at most `max` UTF-16 units. */
export const text =
  (max: number): Check<string> =>
  (value): value is string =>
    typeof value === "string" && value.length <= max && value.isWellFormed();

/** A ref or an id as the product writes them; branded by the contract that names it. */
export const ref: Check<string> = (value): value is string => typeof value === "string" && /^[A-Za-z0-9_-]{1,64}$/.test(value);

export const flag: Check<boolean> = (value) => typeof value === "boolean";

export const integer =
  (min: number, max: number): Check<number> =>
  (value): value is number =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;

export const word =
  <const W extends string>(...words: readonly W[]): Check<W> =>
  (value): value is W =>
    words.some((each) => each === value);

export const orNull =
  <T>(check: Check<T>): Check<T | null> =>
  (value): value is T | null =>
    value === null || check(value);

export const listOf =
  <T>(check: Check<T>, max: number): Check<readonly T[]> =>
  (value): value is readonly T[] =>
    Array.isArray(value) && value.length <= max && value.every((each) => check(each));

/** Exactly these fields, all of them. */
export const shape =
  <const F extends { readonly [name: string]: AnyCheck }>(fields: F): Check<{ readonly [N in keyof F]: Checked<F[N]> }> =>
  (value): value is { readonly [N in keyof F]: Checked<F[N]> } =>
    isRecord(value) &&
    Object.keys(value).length === Object.keys(fields).length &&
    Object.entries(fields).every(([name, check]) => Object.hasOwn(value, name) && check(value[name]));

/** Some of these fields, and no others. */
export const someOf =
  <const F extends { readonly [name: string]: AnyCheck }>(fields: F): Check<{ readonly [N in keyof F]?: Checked<F[N]> }> =>
  (value): value is { readonly [N in keyof F]?: Checked<F[N]> } =>
    isRecord(value) && Object.entries(value).every(([name, each]) => Object.hasOwn(fields, name) && fields[name]?.(each) === true);

export const either =
  <A, B>(a: Check<A>, b: Check<B>): Check<A | B> =>
  (value): value is A | B =>
    a(value) || b(value);

/** Anything that crossed: for parts that the next reader judges himself. */
export const anything: Check<unknown> = (_value): _value is unknown => true;

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null);
