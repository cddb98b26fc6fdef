/** Two who know each other, over the real server and the web app as built, each at a browser with a profile on disk. */
import type { BrowserContext } from "@playwright/test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { meet } from "../e2e/support/acquaint.ts";
import { launchWithProfile, type BrowserKind, type LaunchOptions } from "../e2e/support/browsers.ts";
import { personAt, type Person } from "../e2e/support/person.ts";
import { startServer } from "../e2e/support/server.ts";

export interface Two extends AsyncDisposable {
  readonly people: readonly [Person, Person];
}

/** `prepare` is given each browser before its first page. */
export async function seatTwo(
  kind: BrowserKind,
  { prepare = async () => {}, ...options }: LaunchOptions & { readonly prepare?: (context: BrowserContext) => Promise<void> } = {},
): Promise<Two> {
  await using opened = new AsyncDisposableStack();
  const server = await startServer();
  opened.defer(() => server.stop());
  const sit = async (name: string): Promise<Person> => {
    const folder = mkdtempSync(join(tmpdir(), "megachat-bench-"));
    opened.defer(() => rmSync(folder, { recursive: true, force: true }));
    const context = await launchWithProfile(kind, folder, options);
    opened.defer(() => context.close());
    await prepare(context);
    const line = { cut: () => {}, mend: () => {} };
    const person = await personAt(name, { kind, context, url: server.url, line });
    await person.open();
    await person.signUp();
    return person;
  };
  const people = [await sit("alice"), await sit("bob")] as const;
  await meet(...people);
  const all = opened.move();
  return { people, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
