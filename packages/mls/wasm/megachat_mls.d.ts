/* tslint:disable */
/* eslint-disable */

export interface LeafFacts {
    readonly credentialType: number;
    readonly credential: Uint8Array;
    readonly signatureKey: Uint8Array;
    readonly encryptionKey: Uint8Array;
    readonly extensions: readonly number[];
}
export interface MemberFacts {
    readonly leaf: number;
    readonly credentialType: number;
    readonly credential: Uint8Array;
    readonly signatureKey: Uint8Array;
}
export interface KeyPackageFacts {
    readonly suite: number;
    readonly leaf: LeafFacts;
    /** Seconds since 1970. */
    readonly notBefore: number;
    readonly notAfter: number;
    readonly lastResort: boolean;
    readonly extensions: readonly number[];
}
export interface ContextExtension {
    readonly type: number;
    readonly content: Uint8Array;
}
export interface CommitFacts {
    readonly epoch: number;
    readonly adds: readonly KeyPackageFacts[];
    readonly removes: readonly number[];
    /** RFC 9420 §17.4. */
    readonly proposals: readonly number[];
    readonly byReference: boolean;
    readonly path: LeafFacts | undefined;
    readonly context: readonly ContextExtension[];
    readonly selfRemoved: boolean;
}
/** A leaf index; −1 for the author of an external commit, −2 for anyone else outside the group. */
export type Author = number;
export interface Received {
    readonly kind: "application" | "commit" | "ownCommit" | "ownUnverified" | "proposal";
    readonly author: Author;
    readonly joinerLeaf: number | undefined;
    readonly aad: Uint8Array;
    readonly plaintext: Uint8Array | undefined;
    readonly commit: CommitFacts | undefined;
}
export interface GroupFacts {
    readonly group: Uint8Array;
    readonly suite: number;
    readonly epoch: number;
    readonly authenticator: Uint8Array;
    readonly context: readonly ContextExtension[];
    readonly members: readonly MemberFacts[];
    readonly ownLeaf: number;
    readonly active: boolean;
    readonly pending: boolean;
}
export interface Built {
    readonly commit: Uint8Array;
    readonly welcome: Uint8Array | undefined;
    readonly groupInfo: Uint8Array | undefined;
}



/**
 * One device's MLS state. Not re-entrant; after a `RuntimeError` the whole module is lost.
 */
export class Engine {
    free(): void;
    [Symbol.dispose](): void;
    adopt(): void;
    begin(): void;
    clearPending(group: Uint8Array | number[]): void;
    clearSlot(number: number, group: Uint8Array | number[]): void;
    commit(group: Uint8Array | number[], adds: Array<any>, removes: Uint32Array | number[], roster: Uint8Array | number[] | null | undefined, aad: Uint8Array | number[]): Built;
    create(group: Uint8Array | number[], suite: number, roster: Uint8Array | number[], not_before: number, not_after: number): void;
    destroy(group: Uint8Array | number[]): void;
    dropKeyPackage(reference: Uint8Array | number[]): void;
    exportCandidate(group: Uint8Array | number[], label: string, context: Uint8Array | number[], length: number): Uint8Array;
    exportPending(group: Uint8Array | number[], label: string, context: Uint8Array | number[], length: number): Uint8Array;
    exportSecret(group: Uint8Array | number[], label: string, context: Uint8Array | number[], length: number): Uint8Array;
    /**
     * Leaves the joined group in the candidate slot.
     */
    externalCommit(group: Uint8Array | number[], group_info: Uint8Array | number[], aad: Uint8Array | number[]): Uint8Array;
    facts(group: Uint8Array | number[]): GroupFacts | undefined;
    groupInfo(group: Uint8Array | number[]): Uint8Array;
    hasSlot(number: number, group: Uint8Array | number[]): boolean;
    /**
     * `[group id, leaf of the sender, whether the last-resort key package was used]`; the group is in the live slot.
     */
    join(welcome: Uint8Array | number[]): [Uint8Array, number, boolean];
    keep(): void;
    /**
     * `[bytes, reference]`. The lifetime's ends are seconds since 1970.
     */
    keyPackage(suite: number, last_resort: boolean, not_before: number, not_after: number): [Uint8Array, Uint8Array];
    loadRow(key: Uint8Array | number[], value: Uint8Array | number[]): void;
    mergePending(group: Uint8Array | number[]): void;
    /**
     * Slots: 1 live, 2 kept from before a resync, 3 candidate of an external commit.
     */
    moveSlot(from: number, to: number, group: Uint8Array | number[]): void;
    constructor(identity: Uint8Array | number[], seed: Uint8Array | number[], public_key: Uint8Array | number[]);
    noteLabels(group: Uint8Array | number[], start: Uint8Array | number[]): Uint8Array[];
    note(group: Uint8Array | number[], label: Uint8Array | number[]): Uint8Array | undefined;
    pendingFacts(group: Uint8Array | number[]): CommitFacts;
    /**
     * Of a commit only the facts; `adopt` makes it so, undoing the step forgets it.
     */
    process(group: Uint8Array | number[], message: Uint8Array | number[]): Received;
    readKeyPackage(bytes: Uint8Array | number[]): KeyPackageFacts;
    rollback(): void;
    seal(group: Uint8Array | number[], plaintext: Uint8Array | number[], aad: Uint8Array | number[]): Uint8Array;
    setNote(group: Uint8Array | number[], label: Uint8Array | number[], value?: Uint8Array | number[] | null): void;
    /**
     * `[key, value or undefined, …]` of the rows changed since the last call; undefined inside a step.
     */
    takeChanges(): (Uint8Array | undefined)[] | undefined;
    /**
     * The group as an external commit from this GroupInfo would leave it, and the leaf of ours that it would replace.
     */
    tryExternalCommit(group_info: Uint8Array | number[]): [GroupFacts, number | undefined];
    undo(): void;
    unload(group: Uint8Array | number[]): void;
}

export class PassiveClient {
    free(): void;
    [Symbol.dispose](): void;
    addKeyPackage(_package: Uint8Array | number[], init_key: Uint8Array | number[], encryption_key: Uint8Array | number[]): void;
    addPsk(suite: number, id: Uint8Array | number[], secret: Uint8Array | number[]): void;
    authenticator(): Uint8Array;
    constructor();
    join(welcome: Uint8Array | number[], tree?: Uint8Array | number[] | null): void;
    process(message: Uint8Array | number[]): void;
}

/**
 * Sets the time by which lifetimes are judged, in milliseconds since 1970. The module has no other clock.
 */
export function setNow(now_ms: number): void;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly __wbg_engine_free: (a: number, b: number) => void;
    readonly __wbg_passiveclient_free: (a: number, b: number) => void;
    readonly engine_adopt: (a: number) => [number, number];
    readonly engine_begin: (a: number) => void;
    readonly engine_clearPending: (a: number, b: number, c: number) => [number, number];
    readonly engine_clearSlot: (a: number, b: number, c: number, d: number) => [number, number];
    readonly engine_commit: (a: number, b: number, c: number, d: any, e: number, f: number, g: number, h: number, i: number, j: number) => [number, number, number];
    readonly engine_create: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number) => [number, number];
    readonly engine_destroy: (a: number, b: number, c: number) => void;
    readonly engine_dropKeyPackage: (a: number, b: number, c: number) => [number, number];
    readonly engine_exportCandidate: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number) => [number, number, number, number];
    readonly engine_exportPending: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number) => [number, number, number, number];
    readonly engine_exportSecret: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number) => [number, number, number, number];
    readonly engine_externalCommit: (a: number, b: number, c: number, d: number, e: number, f: number, g: number) => [number, number, number, number];
    readonly engine_facts: (a: number, b: number, c: number) => any;
    readonly engine_groupInfo: (a: number, b: number, c: number) => [number, number, number, number];
    readonly engine_hasSlot: (a: number, b: number, c: number, d: number) => [number, number, number];
    readonly engine_join: (a: number, b: number, c: number) => [number, number, number];
    readonly engine_keep: (a: number) => void;
    readonly engine_keyPackage: (a: number, b: number, c: number, d: number, e: number) => [number, number, number];
    readonly engine_loadRow: (a: number, b: number, c: number, d: number, e: number) => void;
    readonly engine_mergePending: (a: number, b: number, c: number) => [number, number];
    readonly engine_moveSlot: (a: number, b: number, c: number, d: number, e: number) => [number, number];
    readonly engine_new: (a: number, b: number, c: number, d: number, e: number, f: number) => [number, number, number];
    readonly engine_note: (a: number, b: number, c: number, d: number, e: number) => [number, number];
    readonly engine_noteLabels: (a: number, b: number, c: number, d: number, e: number) => any;
    readonly engine_pendingFacts: (a: number, b: number, c: number) => [number, number, number];
    readonly engine_process: (a: number, b: number, c: number, d: number, e: number) => [number, number, number];
    readonly engine_readKeyPackage: (a: number, b: number, c: number) => [number, number, number];
    readonly engine_rollback: (a: number) => void;
    readonly engine_seal: (a: number, b: number, c: number, d: number, e: number, f: number, g: number) => [number, number, number, number];
    readonly engine_setNote: (a: number, b: number, c: number, d: number, e: number, f: number, g: number) => void;
    readonly engine_takeChanges: (a: number) => any;
    readonly engine_tryExternalCommit: (a: number, b: number, c: number) => [number, number, number];
    readonly engine_undo: (a: number) => void;
    readonly engine_unload: (a: number, b: number, c: number) => [number, number];
    readonly passiveclient_addKeyPackage: (a: number, b: number, c: number, d: number, e: number, f: number, g: number) => [number, number];
    readonly passiveclient_addPsk: (a: number, b: number, c: number, d: number, e: number, f: number) => [number, number];
    readonly passiveclient_authenticator: (a: number) => [number, number];
    readonly passiveclient_create: () => number;
    readonly passiveclient_join: (a: number, b: number, c: number, d: number, e: number) => [number, number];
    readonly passiveclient_process: (a: number, b: number, c: number) => [number, number];
    readonly setNow: (a: number) => void;
    readonly __wbindgen_exn_store: (a: number) => void;
    readonly __externref_table_alloc: () => number;
    readonly __wbindgen_externrefs: WebAssembly.Table;
    readonly __externref_table_dealloc: (a: number) => void;
    readonly __wbindgen_malloc: (a: number, b: number) => number;
    readonly __wbindgen_free: (a: number, b: number, c: number) => void;
    readonly __wbindgen_realloc: (a: number, b: number, c: number, d: number) => number;
    readonly __wbindgen_start: () => void;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;
