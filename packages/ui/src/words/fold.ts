/** Very long texts are shown by their beginning first: a page must not hang on one message. */
const maxCharacters = 3_000;
const maxLines = 40;

/** The beginning of a text that is too long to show at once; null for one that is not. Cut at a space where one is near. */
export function fold(text: string): string | null {
  let end = maxCharacters;
  let lines = 0;
  for (let at = 0; at < Math.min(text.length, maxCharacters); at++) {
    if (text.charCodeAt(at) === 10 && ++lines === maxLines) {
      end = at;
      break;
    }
  }
  if (text.length <= end + 200 && lines < maxLines) return null;
  if (text.length <= end) return null;
  const space = text.lastIndexOf(" ", end);
  const cut = space > end - 80 ? space : end;
  // Never between the halves of a pair.
  const half = text.charCodeAt(cut - 1);
  return text.slice(0, half >= 0xd800 && half <= 0xdbff ? cut - 1 : cut);
}
