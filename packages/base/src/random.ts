/** Chance is given, never taken. Adapters use the platform's CSPRNG; tests a seeded one. */
export interface Random {
  /** `count` fresh bytes, unpredictable to everyone else. */
  readonly bytes: (count: number) => Uint8Array<ArrayBuffer>;
}
