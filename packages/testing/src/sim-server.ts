/**
 * A delivery service in memory, on simulated time, for tests of the client's mind. It orders as the real one does (turns,
 * sequences, cursors) and takes a fault per connection; tests bend it further by rewriting what it sends.
 */
import { toHex } from "@megachat/base";
import {
  CommitData,
  decode,
  readMlsHeader,
  type InboxItem,
  type Push,
  type Reply,
  type Request,
  type Row,
  type RowKind,
} from "@megachat/wire";
import { sha256 } from "@megachat/crypto";
import type { SimTime } from "./sim-time.ts";

export interface SimAccount {
  readonly account: Uint8Array<ArrayBuffer>;
  readonly handle: string;
  readonly accountRecord: Uint8Array<ArrayBuffer>;
  readonly address: Uint8Array<ArrayBuffer>;
  readonly deviceList: Uint8Array<ArrayBuffer>;
  readonly certificates: readonly Uint8Array<ArrayBuffer>[];
  readonly identityHash: Uint8Array<ArrayBuffer>;
}

interface StoredLog {
  readonly id: Uint8Array<ArrayBuffer>;
  readonly rows: Row[];
  turn: number;
  /** Hex of devices, with the first position each may read. */
  readonly devices: Map<string, number>;
  readonly sequences: Map<string, number>;
  readonly cursors: Map<string, number>;
  /** The newest of each device, newest first. */
  groupInfos: readonly { readonly device: string; readonly body: Uint8Array<ArrayBuffer> }[];
  heldUntil: number;
}

export interface SimConnection {
  /** The reply, at once; the network around it adds time and faults. */
  readonly ask: (request: Request) => Reply;
  readonly close: () => void;
}

/** All that the server keeps, as plain data: what a test goes back to. */
export interface SimStored {
  readonly accounts: Map<string, SimAccount>;
  /** Accounts by their devices. */
  readonly owners: Map<string, string>;
  readonly logs: Map<string, StoredLog>;
  /** Logs by the two accounts that talk in them. */
  readonly direct: Map<string, Uint8Array<ArrayBuffer>>;
  readonly packages: Map<string, { oneTime: Uint8Array<ArrayBuffer>[]; lastResort: Uint8Array<ArrayBuffer> | null }>;
  readonly inboxes: Map<string, InboxItem[]>;
  items: number;
}

export interface SimServer {
  /** A copy of what is kept. */
  readonly stored: () => SimStored;
  readonly accounts: Map<string, SimAccount>;
  readonly logs: Map<string, StoredLog>;
  readonly addAccount: (
    account: SimAccount,
    keyPackages: readonly Uint8Array<ArrayBuffer>[],
    lastResort: Uint8Array<ArrayBuffer> | null,
  ) => void;
  readonly connect: (
    account: Uint8Array<ArrayBuffer>,
    device: Uint8Array<ArrayBuffer>,
    push: (push: Push) => void,
  ) => SimConnection;
}

const done: Reply = { type: "done" };
type Reason = Extract<Reply, { readonly type: "refused" }>["reason"];
const refused = (reason: Reason): Reply => ({ type: "refused", reason });

/** Whom a commit adds and removes, from its authenticated data, as the real server reads it. */
function commitData(body: Uint8Array): CommitData | null {
  const header = readMlsHeader(body);
  const data = header.ok ? decode(CommitData, header.value.authenticatedData) : null;
  return data?.ok ? data.value : null;
}

interface Online {
  readonly account: Uint8Array<ArrayBuffer>;
  readonly device: Uint8Array<ArrayBuffer>;
  readonly push: (push: Push) => void;
}

function putGroupInfo(log: StoredLog, { device }: Online, body: Uint8Array<ArrayBuffer>): void {
  const hex = toHex(device);
  log.groupInfos = [{ device: hex, body }, ...log.groupInfos.filter((each) => each.device !== hex)].slice(0, 3);
}

const nothing = (): SimStored => ({
  accounts: new Map(),
  owners: new Map(),
  logs: new Map(),
  direct: new Map(),
  packages: new Map(),
  inboxes: new Map(),
  items: 0,
});

export function simServer(time: SimTime, from: SimStored = nothing()): SimServer {
  const kept = structuredClone(from);
  const { accounts, owners, logs, direct, packages, inboxes } = kept;
  const online = new Set<Online>();

  const toDevices = (log: StoredLog, push: Push): void => {
    for (const each of online) if (log.devices.has(toHex(each.device))) each.push(push);
  };
  const deliver = (device: string, item: Omit<InboxItem, "item">): void => {
    const stored = { ...item, item: ++kept.items };
    inboxes.set(device, [...(inboxes.get(device) ?? []), stored]);
    for (const each of online) if (toHex(each.device) === device) each.push({ type: "inboxPush", item: stored });
  };
  const devicesOf = (account: Uint8Array): readonly string[] =>
    [...owners].filter(([, owner]) => owner === toHex(account)).map(([device]) => device);

  const newLog = (id: Uint8Array<ArrayBuffer>): StoredLog => {
    const log: StoredLog = {
      id,
      rows: [],
      turn: 0,
      devices: new Map(),
      sequences: new Map(),
      cursors: new Map(),
      groupInfos: [],
      heldUntil: 0,
    };
    logs.set(toHex(id), log);
    return log;
  };

  type Draft = Extract<Request, { readonly type: "append" | "foundConversation" }>;
  const isCommit = (kind: RowKind): boolean => kind === "commit" || kind === "externalCommit";

  function append(me: Online, log: StoredLog, draft: Draft): Reply {
    const device = toHex(me.device);
    const last = log.sequences.get(device) ?? 0;
    if (draft.sequence <= last) {
      const same = log.rows.find((row) => row.sequence === draft.sequence && toHex(row.device) === device);
      return same && toHex(sha256(same.body)) === toHex(sha256(draft.body))
        ? { type: "appended", position: same.position, time: same.time }
        : { type: "outOfSequence", last };
    }
    if (draft.turn !== log.turn) {
      if (draft.kind === "application") log.heldUntil = time.now() + 2000;
      return { type: "staleTurn", turn: log.turn, position: log.rows.length };
    }
    if (draft.sequence !== last + 1) return { type: "outOfSequence", last };
    const data = draft.kind === "commit" ? commitData(draft.body) : null;
    if (isCommit(draft.kind) && time.now() < log.heldUntil && (data?.removed.length ?? 0) === 0)
      return { type: "slowDown", retryAfterMs: log.heldUntil - time.now(), puzzle: null };
    const row: Row = {
      position: log.rows.length + 1,
      turn: log.turn,
      time: time.now(),
      kind: draft.kind,
      device: me.device,
      sequence: draft.sequence,
      body: draft.body,
    };
    log.rows.push(row);
    log.sequences.set(device, draft.sequence);
    if (draft.kind === "application") log.heldUntil = 0;
    if (isCommit(draft.kind)) {
      log.turn++;
      if (draft.groupInfo) putGroupInfo(log, me, draft.groupInfo);
    }
    toDevices(log, { type: "rowPush", log: log.id, row });
    for (const added of data?.added ?? []) {
      if (log.devices.has(toHex(added))) continue;
      log.devices.set(toHex(added), row.position);
      if (draft.welcome)
        deliver(toHex(added), { kind: "welcome", from: me.account, log: log.id, position: row.position, body: draft.welcome });
    }
    for (const removed of data?.removed ?? [])
      if (!data?.added.some((added) => toHex(added) === toHex(removed))) log.devices.delete(toHex(removed));
    return { type: "appended", position: row.position, time: row.time };
  }

  function found(me: Online, draft: Extract<Request, { readonly type: "foundConversation" }>): Reply {
    const pair = [toHex(me.account), toHex(draft.with)].toSorted().join();
    const existing = direct.get(pair);
    if (existing && toHex(existing) !== toHex(draft.log)) return { type: "exists", log: existing };
    const log = logs.get(toHex(draft.log)) ?? newLog(draft.log);
    direct.set(pair, draft.log);
    log.devices.set(toHex(me.device), 1);
    return append(me, log, draft);
  }

  const member = (me: Online, log: Uint8Array): StoredLog | null => {
    const stored = logs.get(toHex(log));
    return stored?.devices.has(toHex(me.device)) ? stored : null;
  };

  function answer(me: Online, request: Request): Reply {
    switch (request.type) {
      case "lookUpHandle":
        return lookUp([...accounts.values()].find((each) => each.handle === request.handle));
      case "lookUpIdentity":
        return lookUp([...accounts.values()].find((each) => toHex(each.identityHash) === toHex(request.identityHash)));
      case "lookUpAccount":
        return lookUp(accounts.get(toHex(request.account)));
      case "sendRequest": {
        const pending = devicesOf(request.to).some((device) =>
          (inboxes.get(device) ?? []).some((item) => item.kind === "request" && toHex(item.from) === toHex(me.account)),
        );
        if (pending) return refused("requestPending");
        for (const device of devicesOf(request.to))
          deliver(device, { kind: "request", from: me.account, log: null, position: null, body: request.sealed });
        return done;
      }
      case "clearInbox":
        inboxes.set(
          toHex(me.device),
          (inboxes.get(toHex(me.device)) ?? []).filter((item) => item.item !== request.item),
        );
        return done;
      case "fetchInbox": {
        const later = (inboxes.get(toHex(me.device)) ?? []).filter((item) => item.item > request.after);
        return { type: "inbox", items: later.slice(0, 32), more: later.length > 32 };
      }
      case "publishKeyPackages": {
        const stock = packages.get(toHex(me.account)) ?? { oneTime: [], lastResort: null };
        packages.set(toHex(me.account), {
          oneTime: [...stock.oneTime, ...request.keyPackages],
          lastResort: request.lastResort ?? stock.lastResort,
        });
        return done;
      }
      case "takeKeyPackages": {
        const stock = packages.get(toHex(request.account));
        const one = stock?.oneTime.shift() ?? stock?.lastResort;
        return one ? { type: "keyPackages", keyPackages: [one] } : refused("noKeyPackages");
      }
      case "foundConversation":
        return found(me, request);
      case "append": {
        const log =
          member(me, request.log) ??
          (request.kind === "account" && toHex(request.log) === toHex(me.account) ? accountLog(me) : null);
        return log ? append(me, log, request) : refused("notMember");
      }
      case "fetchRows": {
        const log = member(me, request.log);
        if (!log) return refused("notMember");
        const first = log.devices.get(toHex(me.device)) ?? 1;
        const rows = log.rows.filter((row) => row.position > request.after && row.position >= first).slice(0, 500);
        return { type: "rows", rows, head: log.rows.length, turn: log.turn };
      }
      case "acknowledge": {
        member(me, request.log)?.cursors.set(toHex(me.device), request.position);
        return done;
      }
      case "fetchHeads": {
        const mine = [...logs.values()].filter((log) => log.devices.has(toHex(me.device)));
        const heads = mine.map((log) => ({
          log: log.id,
          head: log.rows.length,
          turn: log.turn,
          cursor: log.cursors.get(toHex(me.device)) ?? 0,
          sequence: log.sequences.get(toHex(me.device)) ?? 0,
        }));
        return { type: "heads", heads, more: false };
      }
      case "postGroupInfo": {
        const log = member(me, request.log);
        if (!log) return refused("notMember");
        if (log.turn !== request.turn) return { type: "staleTurn", turn: log.turn, position: log.rows.length };
        putGroupInfo(log, me, request.groupInfo);
        return done;
      }
      case "fetchGroupInfo": {
        const log = member(me, request.log);
        return log
          ? { type: "groupInfos", turn: log.turn, groupInfos: log.groupInfos.map(({ body }) => body) }
          : refused("notMember");
      }
      case "sendTransient": {
        const log = member(me, request.log);
        if (!log) return refused("notMember");
        for (const each of online)
          if (each !== me && log.devices.has(toHex(each.device)))
            each.push({ type: "transientPush", log: log.id, body: request.body });
        return done;
      }
      case "fetchIceServers":
        return { type: "iceServers", servers: [], relay: false };
      case "ping":
        return { type: "pong", time: time.now() };
      default:
        return refused("protocol");
    }
  }

  const lookUp = (account: SimAccount | undefined): Reply => {
    if (!account) return refused("notFound");
    const { identityHash: _identityHash, ...faces } = account;
    return { type: "found", ...faces };
  };
  const accountLog = (me: Online): StoredLog => {
    const log = logs.get(toHex(me.account)) ?? newLog(me.account);
    log.devices.set(toHex(me.device), 1);
    return log;
  };

  return {
    stored: () => structuredClone(kept),
    accounts,
    logs,
    addAccount: (account, keyPackages, lastResort) => {
      accounts.set(toHex(account.account), account);
      packages.set(toHex(account.account), { oneTime: [...keyPackages], lastResort });
    },
    connect: (account, device, push) => {
      owners.set(toHex(device), toHex(account));
      const me: Online = { account, device, push };
      online.add(me);
      return { ask: (request) => answer(me, request), close: () => online.delete(me) };
    },
  };
}
