/** A labelled field with its hint and its error tied to it, so that a screen reader says both. */
import { CircleAlert } from "lucide-react";
import { useId, type ComponentProps, type ReactNode, type Ref } from "react";
import css from "./Field.module.css";

interface FieldProps extends Omit<ComponentProps<"input">, "className" | "style" | "id" | "aria-describedby" | "aria-invalid"> {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: string | null;
  /** Stands inside the field, at its end. */
  readonly end?: ReactNode;
  readonly ref?: Ref<HTMLInputElement>;
}

export function Field({ label, hint, error = null, end, ref, ...input }: FieldProps) {
  const id = useId();
  return (
    <div className={css.field}>
      <label htmlFor={id}>{label}</label>
      <div className={css.box}>
        <input
          {...input}
          ref={ref}
          id={id}
          className={css.input}
          aria-describedby={`${id}-hint ${id}-error`}
          aria-invalid={error !== null}
        />
        {end}
      </div>
      <div id={`${id}-error`} className={css.error} role={error === null ? undefined : "alert"}>
        {error !== null && (
          <>
            <CircleAlert size={16} aria-hidden />
            {error}
          </>
        )}
      </div>
      <div id={`${id}-hint`} className={css.hint}>
        {hint}
      </div>
    </div>
  );
}

export function FormError({ children }: { readonly children: string | null }) {
  return (
    <div className={css.error} role="alert">
      {children !== null && (
        <>
          <CircleAlert size={16} aria-hidden />
          <span>{children}</span>
        </>
      )}
    </div>
  );
}
