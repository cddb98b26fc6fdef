/**
 * A value that must not be printed, cloned or kept. It opens for one call and forgets on dispose.
 * Wiping is best effort: JavaScript engines copy what they like (see SECURITY.md).
 */
export class Secret<T> implements Disposable {
  #value: T | undefined;
  constructor(value: T) {
    this.#value = value;
  }
  /** Lends the value to `use`. Throws once disposed: that is a bug, not a condition. */
  open<R>(use: (value: T) => R): R {
    if (this.#value === undefined) throw new Error("secret used after dispose");
    return use(this.#value);
  }
  [Symbol.dispose](): void {
    if (this.#value instanceof Uint8Array) this.#value.fill(0);
    this.#value = undefined;
  }
  toJSON(): string {
    return "[secret]";
  }
  toString(): string {
    return "[secret]";
  }
}
