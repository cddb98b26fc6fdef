/** The embedded storage: one SQLite file, written through {@link createCommitter}, read directly. [S1] [S3] */
import { chmodSync } from "node:fs";
import * as accounts from "./accounts.ts";
import { createCommitter } from "./group-commit.ts";
import * as inboxes from "./inboxes.ts";
import * as keyPackages from "./key-packages.ts";
import * as logs from "./logs.ts";
import * as operator from "./operator.ts";
import type { Store } from "./port.ts";
import * as reading from "./reading.ts";
import { migrate } from "./schema.ts";
import { openDb, type Db } from "./sqlite.ts";
import { sweep } from "./sweep.ts";

/** Opens the file, creating it for this user alone, and brings its schema up to date. */
export function openSqliteStore(path: string): Store {
  const db = openDb(path);
  chmodSync(path, 0o600);
  migrate(db);
  const committer = createCommitter(db);
  const writing =
    <A, R>(work: (db: Db, args: A) => R) =>
    (args: A): Promise<R> =>
      committer.write((on) => work(on, args));
  // Between transactions the connection sees what is committed, so a read needs no turn in the queue.
  const reads =
    <A, R>(work: (db: Db, args: A) => R) =>
    (args: A): Promise<R> =>
      new Promise((resolve) => {
        resolve(work(db, args));
      });
  return {
    signUp: writing(accounts.signUp),
    isHandleTaken: reads(accounts.isHandleTaken),
    isInvitationGood: reads(operator.isInvitationGood),
    loginRecord: reads(accounts.loginRecord),
    loginFaces: reads(accounts.loginFaces),
    isKnownBrowser: reads(accounts.isKnownBrowser),
    deviceKey: reads(accounts.deviceKey),
    openSession: writing(accounts.openSession),
    session: reads(accounts.session),
    touchSession: writing(accounts.touchSession),
    endSession: writing(accounts.endSession),
    facesByHandle: reads(accounts.facesByHandle),
    facesByIdentity: reads(accounts.facesByIdentity),
    facesByAccount: reads(accounts.facesByAccount),
    sendRequest: writing(inboxes.sendRequest),
    inbox: reads(inboxes.inbox),
    clearInbox: writing(inboxes.clearInbox),
    publishKeyPackages: writing(keyPackages.publishKeyPackages),
    takeKeyPackages: writing(keyPackages.takeKeyPackages),
    found: writing(logs.found),
    append: writing(logs.append),
    rows: reads(reading.rows),
    acknowledge: writing(reading.acknowledge),
    heads: reads(reading.heads),
    membersOf: reads(reading.membersOf),
    postGroupInfo: writing(logs.postGroupInfo),
    groupInfos: reads(logs.groupInfos),
    sweep: async (a) => {
      const more = await committer.write((on) => sweep(on, a));
      if (a.ranMs > 0) db.checkpoint();
      return more;
    },
    outsideChanges: () => reads(operator.outsideChanges)(undefined),
    fact: reads(operator.fact),
    setFact: writing(operator.setFact),
    createInvitation: writing(operator.createInvitation),
    invitations: reads(operator.invitations),
    revokeInvitation: writing(operator.revokeInvitation),
    setDisabled: writing(operator.setDisabled),
    totals: () => reads(operator.totals)(undefined),
    faults: () => reads(operator.faults)(undefined),
    close: () =>
      new Promise((resolve) => {
        committer.stop();
        db.close();
        resolve();
      }),
  };
}
