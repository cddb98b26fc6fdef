declare const brand: unique symbol;

/** A `T` that passed a check named `Name`. Only the module that does the check casts to it. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
