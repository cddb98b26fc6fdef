/** One device of a person that speaks MLS through ts-mls: an observer of the same conversations, and a forger. */
import { bytesEqual, compareBytes, toHex, type Instant } from "@megachat/base";
import { CommitData, encode, type Roster } from "@megachat/wire";
import type { CiphersuiteImpl, ClientState, KeyPackage, PrivateKeyPackage, Proposal } from "ts-mls";
import { readCertificate, writeRoster, type Suite } from "../src/index.ts";
import { NOW, type TestDevice } from "./people.ts";
import { loadTsMls, type Forgery, type TsMlsCopy } from "./ts-mls-copy.ts";

const ROSTER_EXTENSION = 0xf1c0;
const REQUIRED = Uint8Array.of(2, 0xf1, 0xc0, 0, 2, 0, 1);

export interface TsPackage {
  readonly bytes: Uint8Array;
  readonly public: KeyPackage;
  readonly private: PrivateKeyPackage;
}
export interface TsCommit {
  readonly add?: readonly Uint8Array[];
  readonly remove?: readonly number[];
  readonly roster?: Roster;
  readonly now?: Instant;
  /** Instead of what the proposals say. */
  readonly data?: Partial<CommitData>;
  /** Instead of well-formed data. */
  readonly rawData?: Uint8Array;
  readonly more?: readonly Proposal[];
  readonly publicly?: boolean;
  readonly withoutPath?: boolean;
  readonly forge?: Forgery;
  /** Extensions of the GroupContext, instead of the ones that a roster needs. */
  readonly context?: readonly { readonly extensionType: number | string; readonly extensionData: Uint8Array }[];
}
export interface TsBuilt {
  readonly commit: Uint8Array;
  readonly welcome: Uint8Array | undefined;
  /** Makes the commit this member's epoch. */
  readonly adopt: () => void;
}
export type TsOpened =
  | { readonly type: "message"; readonly leaf: number; readonly plaintext: Uint8Array; readonly data: Uint8Array }
  | { readonly type: "committed"; readonly removed: boolean };

export interface TsSeat {
  readonly device: TestDevice;
  state: ClientState | undefined;
  readonly keyPackage: (over?: Partial<{ notBefore: bigint; notAfter: bigint; credential: Uint8Array }>) => Promise<TsPackage>;
  readonly create: (id: Uint8Array, roster: Roster) => Promise<void>;
  readonly join: (welcome: Uint8Array, keyPackage: TsPackage) => Promise<void>;
  readonly commit: (wanted: TsCommit) => Promise<TsBuilt>;
  /** `replace`: which leaf to take out, by the device id in its certificate. */
  readonly external: (
    groupInfo: Uint8Array,
    wanted?: { readonly replace?: Uint8Array; readonly data?: Partial<CommitData>; readonly forge?: Forgery },
  ) => Promise<TsBuilt>;
  readonly propose: (proposal: Proposal, publicly?: boolean) => Promise<Uint8Array>;
  readonly seal: (plaintext: Uint8Array, data?: Uint8Array) => Promise<Uint8Array>;
  readonly open: (body: Uint8Array) => Promise<TsOpened>;
  readonly groupInfo: () => Promise<Uint8Array>;
  readonly exportSecret: (label: string, context: Uint8Array, length: number) => Promise<Uint8Array>;
  readonly epoch: () => number;
  readonly leaf: () => number;
  readonly authenticator: () => Uint8Array;
  /** As on disk and back. */
  readonly reload: () => void;
  readonly addProposal: (keyPackage: Uint8Array) => Proposal;
}

type Leaf = { readonly credential: { readonly credentialType: string; readonly identity: Uint8Array } };

async function suiteImpl({ api, inside }: TsMlsCopy, suite: Suite): Promise<CiphersuiteImpl> {
  const { getCiphersuiteNameFromId } = await inside<{ getCiphersuiteNameFromId: (id: number) => CiphersuiteImpl["name"] }>(
    "crypto/ciphersuite",
  );
  const xwing = {
    hash: "SHA-384",
    hpke: { kem: "X-Wing", aead: "AES256GCM", kdf: "HKDF-SHA384" },
    signature: "Ed25519",
    // The library's table has an older draft's name for this number. Only the number goes on the wire.
    name: getCiphersuiteNameFromId(0x004e),
  } as Parameters<typeof api.getCiphersuiteImpl>[0];
  return api.getCiphersuiteImpl(
    suite === 1 ? xwing : api.getCiphersuiteFromName("MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519"),
    api.nobleCryptoProvider,
  );
}

export async function newTsSeat(device: TestDevice, suite: Suite): Promise<TsSeat> {
  const copy = await loadTsMls();
  const { api, inside } = copy;
  const cs = await suiteImpl(copy, suite);
  const { getCiphersuiteNameFromId } = await inside<{ getCiphersuiteNameFromId: (id: number) => CiphersuiteImpl["name"] }>(
    "crypto/ciphersuite",
  );
  const capabilities = {
    versions: ["mls10" as const],
    ciphersuites: [getCiphersuiteNameFromId(0x004e), getCiphersuiteNameFromId(0x0001)],
    extensions: [ROSTER_EXTENSION, 0x000a],
    proposals: [],
    credentials: ["basic" as const],
  };
  const seconds = (at: Instant): bigint => BigInt(Math.floor(at / 1000));
  const psk = api.makePskIndex(undefined, {});
  const config = (compare?: Uint8Array) => ({
    keyRetentionConfig: { retainKeysForGenerations: 1000, retainKeysForEpochs: 1, maximumForwardRatchetSteps: 2000 },
    lifetimeConfig: { maximumTotalLifetime: 10_000_000n, validateLifetimeOnReceive: false },
    keyPackageEqualityConfig: {
      compareKeyPackages: (a: KeyPackage, b: KeyPackage) =>
        bytesEqual(a.leafNode.signaturePublicKey, b.leafNode.signaturePublicKey),
      compareKeyPackageToLeafNode: (a: KeyPackage, b: { signaturePublicKey: Uint8Array }) => {
        const certificate = readCertificate((b as unknown as Leaf).credential.identity);
        return compare
          ? certificate.ok && bytesEqual(certificate.value.device, compare)
          : bytesEqual(a.leafNode.signaturePublicKey, b.signaturePublicKey);
      },
    },
    paddingConfig: { kind: "padUntilLength" as const, padUntilLength: 0 },
    authService: { validateCredential: () => Promise.resolve(true) },
  });
  const context = (roster: Roster) => [
    { extensionType: "required_capabilities" as const, extensionData: REQUIRED },
    { extensionType: ROSTER_EXTENSION, extensionData: writeRoster(roster) },
  ];
  const message = <F extends string>(wireformat: F, more: object): Uint8Array =>
    api.encodeMlsMessage({ version: "mls10", wireformat, ...more } as unknown as Parameters<typeof api.encodeMlsMessage>[0]);
  const parse = (bytes: Uint8Array) => {
    const parsed = api.decodeMlsMessage(bytes, 0)?.[0];
    if (!parsed) throw new Error("ts-mls cannot parse a message");
    return parsed;
  };
  const parseKeyPackage = (bytes: Uint8Array): KeyPackage => {
    const parsed = parse(bytes);
    if (parsed.wireformat !== "mls_key_package") throw new Error("not a key package");
    return parsed.keyPackage;
  };
  const parseInfo = (bytes: Uint8Array) => {
    const parsed = parse(bytes);
    if (parsed.wireformat !== "mls_group_info") throw new Error("not a GroupInfo");
    return parsed.groupInfo;
  };
  const deviceOf = (leaf: unknown): Uint8Array<ArrayBuffer> => {
    const certificate = readCertificate((leaf as Leaf).credential.identity);
    return certificate.ok ? certificate.value.device : new Uint8Array(16);
  };
  const encodeData = (data: Omit<CommitData, "type">): Uint8Array => encode(CommitData, { type: "commitData", ...data });
  const forging = async <T>(forge: Forgery | undefined, work: () => Promise<T>): Promise<T> => {
    globalThis.tsMlsForge = forge;
    try {
      return await work();
    } finally {
      globalThis.tsMlsForge = undefined;
    }
  };

  const seat: TsSeat = {
    device,
    state: undefined,
    keyPackage: async (over = {}) => {
      const lifetime = {
        notBefore: over.notBefore ?? seconds(NOW) - 7n * 86_400n,
        notAfter: over.notAfter ?? seconds(NOW) + 90n * 86_400n,
      };
      const signKey = device.signatureSeed.open((seed) => Uint8Array.from(seed));
      const made = await api.generateKeyPackageWithKey(
        { credentialType: "basic", identity: over.credential ?? device.certificate },
        capabilities,
        lifetime,
        [],
        { signKey, publicKey: device.facts.signatureKey },
        cs,
      );
      return {
        bytes: message("mls_key_package", { keyPackage: made.publicPackage }),
        public: made.publicPackage,
        private: made.privatePackage,
      };
    },
    create: async (id, roster) => {
      const own = await seat.keyPackage();
      seat.state = await api.createGroup(id, own.public, own.private, context(roster), cs, config());
    },
    join: async (welcome, keyPackage) => {
      const parsed = parse(welcome);
      if (parsed.wireformat !== "mls_welcome") throw new Error("not a Welcome");
      seat.state = await api.joinGroup(
        parsed.welcome,
        keyPackage.public,
        keyPackage.private,
        psk,
        cs,
        undefined,
        undefined,
        config(),
      );
    },
    commit: async (wanted) => {
      const state = live(seat);
      const adds = (wanted.add ?? []).map(parseKeyPackage);
      const proposals: Proposal[] = [
        ...(wanted.remove ?? []).map((removed) => ({ proposalType: "remove" as const, remove: { removed } })),
        ...adds.map((keyPackage) => ({ proposalType: "add" as const, add: { keyPackage } })),
      ];
      const extensions = wanted.context ?? (wanted.roster ? context(wanted.roster) : undefined);
      if (extensions)
        proposals.push({ proposalType: "group_context_extensions", groupContextExtensions: { extensions: extensions as never } });
      proposals.push(...(wanted.more ?? []));
      const removed = (wanted.remove ?? []).map((leaf) => {
        const node = state.ratchetTree[leaf * 2];
        return node?.nodeType === "leaf" ? deviceOf(node.leaf) : new Uint8Array(16);
      });
      const data = encodeData({
        time: wanted.now ?? NOW,
        added: adds.map((keyPackage) => deviceOf(keyPackage.leafNode)).sort(compareBytes),
        removed: removed.sort(compareBytes),
        ...wanted.data,
      });
      const options = {
        extraProposals: proposals,
        ratchetTreeExtension: true,
        authenticatedData: wanted.rawData ?? data,
        wireAsPublicMessage: wanted.publicly ?? false,
        withoutPath: wanted.withoutPath ?? false,
      };
      const built = await forging(wanted.forge, () => api.createCommit({ state, cipherSuite: cs, pskIndex: psk }, options));
      return {
        commit: api.encodeMlsMessage(built.commit),
        welcome: built.welcome && message("mls_welcome", { welcome: built.welcome }),
        adopt: () => {
          seat.state = built.newState;
        },
      };
    },
    external: async (groupInfo, wanted = {}) => {
      const own = await seat.keyPackage();
      const info = parseInfo(groupInfo);
      const replace = wanted.replace;
      const data = encodeData({
        time: NOW,
        added: [device.id],
        removed: replace ? [Uint8Array.from(replace)] : [],
        ...wanted.data,
      });
      const joined = await forging(wanted.forge, () =>
        api.joinGroupExternal(info, own.public, own.private, replace !== undefined, cs, undefined, config(replace), data),
      );
      return {
        commit: message("mls_public_message", { publicMessage: joined.publicMessage }),
        welcome: undefined,
        adopt: () => {
          seat.state = { ...joined.newState, clientConfig: config() };
        },
      };
    },
    propose: async (proposal, publicly = false) => {
      const made = await api.createProposal(live(seat), publicly, proposal, cs);
      seat.state = made.newState;
      return api.encodeMlsMessage(made.message);
    },
    seal: async (plaintext, data = new Uint8Array(0)) => {
      const made = await api.createApplicationMessage(live(seat), plaintext, cs, data);
      seat.state = made.newState;
      return message("mls_private_message", { privateMessage: made.privateMessage });
    },
    open: async (body) => {
      const parsed = parse(body);
      if (parsed.wireformat !== "mls_private_message" && parsed.wireformat !== "mls_public_message") throw new Error("not a row");
      const done = await api.processMessage(parsed, live(seat), psk, () => "accept", cs);
      seat.state = done.newState;
      if (done.kind === "applicationMessage") {
        const more = done as typeof done & { readonly sender: number; readonly data: Uint8Array };
        return { type: "message", leaf: more.sender, plaintext: done.message, data: more.data };
      }
      return { type: "committed", removed: done.newState.groupActiveState.kind === "removedFromGroup" };
    },
    groupInfo: async () =>
      message("mls_group_info", { groupInfo: await api.createGroupInfoWithExternalPubAndRatchetTree(live(seat), [], cs) }),
    exportSecret: async (label, data, length) => api.mlsExporter(live(seat).keySchedule.exporterSecret, label, data, length, cs),
    epoch: () => Number(live(seat).groupContext.epoch),
    leaf: () => live(seat).privatePath.leafIndex,
    authenticator: () => live(seat).keySchedule.epochAuthenticator,
    reload: () => {
      const state = live(seat);
      const decoded = api.decodeGroupState(api.encodeGroupState(state), 0)?.[0];
      if (!decoded) throw new Error("ts-mls cannot read its own state");
      seat.state = { ...decoded, clientConfig: state.clientConfig };
    },
    addProposal: (bytes) => ({ proposalType: "add", add: { keyPackage: parseKeyPackage(bytes) } }),
  };
  return seat;
}

function live(seat: TsSeat): ClientState {
  if (!seat.state) throw new Error(`${toHex(seat.device.id)} is in no group`);
  return seat.state;
}
