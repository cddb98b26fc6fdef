/**
 * Listens to a text field. React's `onChange` swallows a value that was set before its event, as password managers and automation set it; the plain `input` event does not.
 */
import type { InputEvent } from "react";

interface Typed<E> {
  readonly onInput: (event: InputEvent<E>) => void;
  readonly onChange: () => void;
}

export function onTyped<E extends HTMLInputElement | HTMLTextAreaElement>(take: (text: string) => void): Typed<E> {
  // React asks for an `onChange` beside a `value`; there is nothing left to do in it.
  return { onInput: (event) => take(event.currentTarget.value), onChange: () => undefined };
}
