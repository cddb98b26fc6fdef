/** Says why the server will not start, in words for the operator. */
export class StartRefused extends Error {
  override readonly name = "StartRefused";
}

/** By its name: one that comes from the storage's thread has lost its class. */
export const isRefusal = (fault: unknown): fault is Error => fault instanceof Error && fault.name === "StartRefused";
