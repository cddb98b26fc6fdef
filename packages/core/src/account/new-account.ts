/** A new account on this device: its keys, faces, first row and stock of key packages, before anybody knows of it. [R1–R3] [R12] */
import type { Instant, Random, Result, Secret } from "@megachat/base";
import {
  buildAccountAddress,
  buildAccountRecord,
  buildDeviceList,
  identityPair,
  loginPair,
  newAccountSecret,
  newRootKey,
  sealAccountSecret,
  verifyAccountRecord,
  verifyDeviceList,
  wrapRoot,
} from "@megachat/auth";
import {
  hpkeKeyOf,
  newHpkeSeed,
  newRecoveryKey,
  newSigningSeed,
  signingKeyOf,
  startOfLog,
  type RecoveryKey,
} from "@megachat/crypto";
import type { Device, Engine, RowChange } from "@megachat/group";
import type { AccountEntry, Handle, SignUpFinish, ValueOf } from "@megachat/wire";
import { signCertificate } from "./faces.ts";
import { emptyStock, refill } from "./key-packages.ts";
import { enqueue, sealFirst } from "./log.ts";
import { emptyProfile, foldProfile } from "./profile.ts";
import type { Self } from "./self.ts";
import { calmAccount, type AccountState } from "./state.ts";
import { newDatabaseKey, wrapByShare, wrapToLogin, type DatabaseKey, type VaultHeader } from "./vault.ts";

const FIRST_SERIAL = 1;
const FIRST_WRAP = 1;

/** What sign-up is told. */
export interface NewAccountWish {
  readonly handle: Handle;
  readonly displayName: string | null;
  readonly exportKey: Secret<Uint8Array>;
  /** The server's static OPAQUE key. */
  readonly serverKey: Uint8Array<ArrayBuffer>;
  readonly now: Instant;
}

type Published = Omit<ValueOf<typeof SignUpFinish>, "type" | "handle" | "invitation" | "setup" | "record" | "identityHash">;

export interface NewAccount {
  readonly state: AccountState;
  readonly engineRows: readonly RowChange[];
  readonly header: VaultHeader;
  readonly databaseKey: DatabaseKey;
  readonly recoveryKey: RecoveryKey;
  /** What goes to the server. */
  readonly published: Published;
}

/** The root key is gone when this returns. */
export function makeAccount(random: Random, engineOf: (device: Device) => Engine, wish: NewAccountWish): NewAccount {
  const account = random.bytes(16);
  const device = random.bytes(16);
  const owner = { account, n: 0 };
  using root = newRootKey(random);
  const identity = identityPair(root, account, 0);
  const login = loginPair(root, account, 0);
  using identitySeed = identity.seed;
  login.seed[Symbol.dispose]();
  const secret = { m: 0, secret: newAccountSecret(random) };
  const signatureSeed = newSigningSeed(random);
  const hpkeSeed = newHpkeSeed(random);
  const recoveryKey = newRecoveryKey(random);

  const accountRecord = buildAccountRecord(root, account, wish.serverKey);
  const facts = mustBeOk(verifyAccountRecord(accountRecord, null));
  const deviceList = buildDeviceList(identitySeed, {
    ...owner,
    previous: null,
    logPosition: 0,
    standing: [{ device, serial: FIRST_SERIAL }],
  });
  const list = mustBeOk(verifyDeviceList(deviceList, facts, null));
  const certificate = signCertificate(identitySeed, {
    ...owner,
    device,
    serial: FIRST_SERIAL,
    signatureKey: signingKeyOf(signatureSeed),
    hpkeKey: hpkeKeyOf(hpkeSeed),
  });
  const address = buildAccountAddress(secret.secret, { ...owner, m: 0, device }, signatureSeed);
  const contents = { root, version: FIRST_WRAP, recoveryKey };
  const wraps = {
    password: wrapRoot(random, { by: "password", exportKey: wish.exportKey }, owner, contents),
    recovery: wrapRoot(random, { by: "recovery", recoveryKey }, owner, { ...contents, recoveryKey: null }),
    accountSecret: mustBeOk(sealAccountSecret(random, login.publicKey, owner, secret, signatureSeed)),
  };

  const self: Self = {
    ...owner,
    handle: wish.handle,
    identityKey: identity.publicKey,
    device,
    serial: FIRST_SERIAL,
    certificate,
    signatureSeed,
    hpkeSeed,
    secrets: [secret],
    accountRecord,
    recordHash: facts.recordHash,
    deviceList: { bytes: deviceList, version: list.version, hash: list.hash },
    siblings: [],
  };
  const engine = engineOf({ certificate: self.certificate, signatureSeed });
  const state = firstState(random, engine, self, wish);
  const [first] = state.outbox;
  const { unpublished } = state.stock;
  if (!first?.sealed || !unpublished) throw new Error("a new account has a first row and key packages");

  const databaseKey = newDatabaseKey(random);
  const { byShare, share } = wrapByShare(random, self, databaseKey);
  const header: VaultHeader = {
    type: "vaultHeader",
    account,
    handle: wish.handle,
    device,
    serverKey: wish.serverKey,
    identity: { n: 0, identityKey: self.identityKey, recordHash: self.recordHash },
    list: { version: list.version, hash: list.hash },
    wrapVersion: FIRST_WRAP,
    byShare,
    byLogin: wrapToLogin(random, self, login.publicKey, databaseKey),
    session: null,
    knownSecret: null,
  };
  const engineRows = engine.takeChanges();
  engine.dispose();
  return {
    state,
    engineRows,
    header,
    databaseKey,
    recoveryKey,
    published: {
      accountRecord,
      address,
      certificate,
      deviceList,
      account,
      device,
      wraps,
      rows: [first.sealed.body],
      ...unpublished,
      share,
    },
  };
}

function firstState(random: Random, engine: Engine, self: Self, wish: NewAccountWish): AccountState {
  const { version, hash } = self.deviceList;
  const entries: readonly AccountEntry[] = [
    { type: "deviceListEntry", version, hash },
    ...(wish.displayName === null ? [] : [{ type: "profileEntry", displayName: wish.displayName } as const]),
  ];
  const profile = entries.reduce(
    (folded, entry) => foldProfile(folded, { entry, position: null, time: wish.now, own: true }),
    emptyProfile,
  );
  const empty: AccountState = {
    self,
    log: { position: 0, hash: startOfLog(self.account), sequence: 0, heard: [], alarms: [] },
    outbox: [],
    profile,
    stock: refill(engine, emptyStock, wish.now),
    live: calmAccount,
  };
  return sealFirst(random, enqueue(empty, entries));
}

/** What we made ourselves is well-formed; anything else is a bug. */
function mustBeOk<T>(made: Result<T, unknown>): T {
  if (!made.ok) throw new Error("our own account does not hold together");
  return made.value;
}
