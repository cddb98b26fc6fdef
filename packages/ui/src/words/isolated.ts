/** A name inside a sentence must not turn the sentence round. [U11] */
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]|[\u{10800}-\u{10fff}]|[\u{1e800}-\u{1efff}]/u;

/** `name` ready to stand in a sentence: isolated if it has letters that run the other way, else unchanged. */
export const isolated = (name: string): string => (rightToLeft.test(name) ? `\u2068${name}\u2069` : name);
