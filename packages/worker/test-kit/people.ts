/** People with a whole client each, in Node, against the real server. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog, type Log } from "@megachat/base";
import type { AccountRef, Contact, ConversationRef, Message, Push, Snapshot } from "@megachat/view";
import type { TestServer } from "../../../apps/server/src/testing/start-server.ts";
import type { Dial } from "../src/link/connection.ts";
import { startNodeClient, type NodeClient } from "../src/node/start-node-client.ts";

export const PASSWORD = "tunnel orbit candy velvet garage";

export interface Person extends AsyncDisposable {
  readonly handle: string;
  readonly folder: string;
  readonly client: NodeClient;
  /** What the log has said, for tests of what must not happen. */
  readonly faults: readonly string[];
  /** Ends this run and starts the next one over the same disk. */
  readonly restart: () => Promise<Person>;
  readonly stop: () => Promise<void>;
}
export interface PersonOptions {
  readonly dial?: Dial;
  readonly folder?: string;
}

export function startPerson(server: Pick<TestServer, "socketUrl">, handle: string, options: PersonOptions = {}): Person {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "megachat-person-"));
  const faults: string[] = [];
  const log: Log = { ...silentLog, error: (event, fields) => faults.push(`${event} ${JSON.stringify(fields ?? {})}`) };
  const { dial } = options;
  const client = startNodeClient({ url: server.socketUrl, unencryptedFolder: folder, log, ...(dial ? { dial } : {}) });
  return {
    handle,
    folder,
    client,
    faults,
    restart: async () => {
      await client.stop();
      return startPerson(server, handle, { ...options, folder });
    },
    stop: client.stop,
    [Symbol.asyncDispose]: async () => {
      await client.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Throws unless it went well. */
export async function good<T>(
  result: Promise<{ readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: { readonly type: string } }>,
): Promise<T> {
  const settled = await result;
  if (!settled.ok) throw new Error(`refused: ${settled.error.type}`);
  return settled.value;
}

export async function signUp(person: Person): Promise<void> {
  await good(person.client.intents.signUp({ handle: person.handle, password: PASSWORD, displayName: null, signUpCode: null }));
}

export const isInside = ({ session }: Snapshot): boolean => session.at === "signedIn";
export const isOnline = ({ session }: Snapshot): boolean => session.at === "signedIn" && session.link.at === "online";
export const contactNamed = (snapshot: Snapshot, handle: string): Contact | undefined =>
  Array.from(snapshot.contacts.values()).find((contact) => contact.handle === handle);

/** Two who are signed up become contacts; the conversation they then have. */
export async function befriend(asker: Person, asked: Person): Promise<ConversationRef> {
  const found = await good(asker.client.intents.lookUp({ handle: asked.handle }));
  await good(asker.client.intents.sendRequest({ account: found.account, text: "It is me", invitation: null }));
  const seen = await asked.client.when((snapshot) => contactNamed(snapshot, asker.handle)?.relation.at === "requestReceived");
  const account = contactNamed(seen, asker.handle)?.account as AccountRef;
  const { conversation } = await good(asked.client.intents.acceptRequest({ account }));
  await asker.client.when((snapshot) => snapshot.conversations.has(conversation));
  return conversation;
}

/** A screen that shows a conversation: what a tab would have of it now. */
export interface Screen {
  readonly messages: () => readonly Message[];
  /** The texts on it, in order. */
  readonly texts: () => readonly string[];
  readonly when: (wanted: (messages: readonly Message[]) => boolean) => Promise<readonly Message[]>;
}
export async function openScreen({ client }: Person, conversation: ConversationRef, limit = 200): Promise<Screen> {
  const shown = new Map<string, Message>();
  const waiting = new Set<() => void>();
  const take = (put: readonly Message[], gone: readonly string[]): void => {
    for (const message of put) shown.set(message.message, message);
    for (const message of gone) shown.delete(message);
    for (const wake of waiting) wake();
  };
  client.subscribe((push: Push) => {
    if (push.type === "messages" && push.conversation === conversation) take(push.put, push.gone);
  });
  await client.intents.showConversation({ conversation, visible: true });
  const page = await good(client.intents.loadMessages({ conversation, page: { from: "latest", limit } }));
  take(page.messages, []);
  const messages = (): readonly Message[] => Array.from(shown.values()).toSorted((a, b) => a.order - b.order);
  return {
    messages,
    texts: () => messages().flatMap(({ body }) => (body.type === "text" ? [body.text] : [])),
    when: async (wanted) =>
      new Promise((resolve) => {
        const look = (): void => {
          const now = messages();
          if (!wanted(now)) return;
          waiting.delete(look);
          resolve(now);
        };
        waiting.add(look);
        look();
      }),
  };
}
