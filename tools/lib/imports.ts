/** Which modules a source file imports. Works on text, since every import here is a plain one at the start of a line. */

export interface Import {
  readonly specifier: string;
  readonly line: number;
}

// Statements may span lines, so the keyword and its `from` are matched with anything but a quote or semicolon between.
const IMPORT =
  /(?:^|[\s;}])(?:import|export)\s(?:[^"';]*?\sfrom\s*)?["']([^"'\n]+)["']|\b(?:import|require)\s*\(\s*["']([^"'\n]+)["']/gm;
// Addresses of modules: new URL("./x.ts", import.meta.url).
const ADDRESS = /new URL\(\s*["']([^"'\n]+\.[jt]sx?)["']\s*,\s*import\.meta\.url/g;

export function importsOf(source: string): readonly Import[] {
  const bare = withoutComments(source);
  return [IMPORT, ADDRESS].flatMap((pattern) =>
    [...bare.matchAll(pattern)].map((match) => ({
      specifier: (match[1] ?? match[2] ?? "").replace(/\?.*$/, ""),
      line: bare.slice(0, match.index + match[0].search(/\S/)).split("\n").length,
    })),
  );
}

/** Comments become spaces, so that line numbers stay. Strings are left alone, even when they look like comments. */
export function withoutComments(source: string): string {
  return source.replace(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (all, text: string | undefined) => text ?? all.replace(/[^\n]/g, " "),
  );
}
