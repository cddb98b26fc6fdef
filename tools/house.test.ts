import { expect, test } from "vitest";
import { ownFiles, readOwn } from "./lib/sources.ts";

// The words are put together here, so that this file does not hold them.
const word = (...parts: readonly string[]): string => parts.join("");
const forbidden: readonly (readonly [string, RegExp])[] = [
  [
    "a promise to do it later",
    new RegExp(`\\b(?:${word("TO", "DO")}|${word("FIX", "ME")}|${word("X", "XX")}|${word("HA", "CK")})\\b`),
  ],
  ["a comment that puts it off", new RegExp(`(?://|\\*|#).*\\b${word("for", " now")}\\b`, "i")],
  [
    "an address of a package registry",
    new RegExp(
      `${word("registry", "\\.npmjs")}|${word("static", "\\.crates")}|${word("pypi", "\\.org")}|${word("deb", "\\.debian")}|${word("proxy", "\\.golang")}`,
    ),
  ],
  [
    "a path of somebody's machine",
    new RegExp(`(?<![\\w.])(?:${word("/", "work/")}|${word("/", "home/")}\\w|${word("/", "Users/")}\\w|${word("/", "tmp/")}\\w)`),
  ],
  [
    "a skipped or lone test",
    new RegExp(`\\b(?:test|it|describe)\\.(?:${word("sk", "ip")}|${word("on", "ly")})\\b|\\b${word("xi", "t")}\\(`),
  ],
];
const generated = /^(?:packages\/mls\/wasm\/|spec\/vectors\/|LICENSE$|package-lock\.json$|.*Cargo\.lock$)/;
const isText = (file: string): boolean => /\.(?:ts|tsx|mjs|js|json|md|html|css|toml|rs|sh|yml|svg)$|^\.ci\/|^\.[a-z]+$/.test(file);

const files = ownFiles().filter((file) => isText(file) && !generated.test(file));

test.each(forbidden)("no file holds %s", (_what, pattern) => {
  const found = files.flatMap((file) =>
    readOwn(file)
      .split("\n")
      .flatMap((line, i) => (pattern.test(line) ? [`${file}:${i + 1}: ${line.trim().slice(0, 120)}`] : [])),
  );
  expect(found).toEqual([]);
});

test("the lockfile names no registry and pins every package by its hash", () => {
  const lock = JSON.parse(readOwn("package-lock.json")) as {
    packages: Readonly<Record<string, { readonly resolved?: string; readonly integrity?: string; readonly link?: boolean }>>;
  };
  const entries = Object.entries(lock.packages).filter(([at]) => at.includes("node_modules/"));
  expect(entries.filter(([, entry]) => entry.link !== true && entry.resolved !== undefined).map(([at]) => at)).toEqual([]);
  expect(entries.filter(([, entry]) => entry.link !== true && entry.integrity === undefined).map(([at]) => at)).toEqual([]);
});

test("every dependency is pinned exactly and has its line in docs/dependencies.md", () => {
  const diary = readOwn("docs/dependencies.md");
  const faults = ownFiles("package.json", "packages/*/package.json", "apps/*/package.json").flatMap((file) => {
    const manifest = JSON.parse(readOwn(file)) as Readonly<Record<string, Readonly<Record<string, string>> | undefined>>;
    const all = { ...manifest["dependencies"], ...manifest["devDependencies"], ...manifest["optionalDependencies"] };
    return Object.entries(all).flatMap(([name, version]) => {
      if (name.startsWith("@megachat/")) return [];
      if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version)) return [`${file}: ${name} is not pinned: ${version}`];
      return diary.includes(`\`${name}\``) ? [] : [`${file}: ${name} has no line in docs/dependencies.md`];
    });
  });
  expect(faults).toEqual([]);
});

test("every platform's optional package is in the lockfile, so that npm ci works on each", () => {
  const { packages } = JSON.parse(readOwn("package-lock.json")) as {
    packages: Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>>;
  };
  const present = Object.keys(packages);
  const missing = Object.entries(packages).flatMap(([at, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !present.some((each) => each.endsWith(`node_modules/${name}`)))
      .map((name) => `${at} wants ${name}`),
  );
  expect(missing).toEqual([]);
});
