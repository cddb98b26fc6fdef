/**
 * ts-mls 1.6.4, our second implementation of RFC 9420, mended and made able to lie.
 *
 * As published it refuses valid trees, hides who sent a message, and encodes `external_pub` without its length. A copy is
 * changed before it is loaded; the installed package stays as it is. The same copy can switch off
 * its own checks, so that it builds commits that an honest member never would: `globalThis.tsMlsForge`.
 */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type * as published from "ts-mls";

export type TsMls = typeof published;
export interface TsMlsCopy {
  readonly api: TsMls;
  /** A module of the library's inside, by its path without extension. */
  readonly inside: <T>(path: string) => Promise<T>;
}

/** What a forger changes while a commit is built. Absent: the library checks itself. */
export interface Forgery {
  /** Called with the update path before it is signed. */
  readonly path?: (path: { nodes: { encryptedPathSecret: { ciphertext: Uint8Array }[] }[] }) => void;
  /** Called with the confirmation tag before the commit is sealed. */
  readonly tag?: (tag: Uint8Array) => Uint8Array;
  /** Gives the leaf that is put into the update path. */
  readonly leaf?: <T>(leaf: T) => T;
}

declare global {
  var tsMlsForge: Forgery | undefined;
}

type Edit = readonly [file: string, from: string, to: string, times?: number];
const edits: readonly Edit[] = [
  // RFC 9420 §12.4.3.1: an unmerged leaf must be a leaf AND below its node …
  ["clientState.js", `!== "leaf" && !dp.includes(toNodeIndex(i))`, `!== "leaf" || !dp.includes(toNodeIndex(i))`],
  // … and only nodes between the two must list it, among others.
  ["clientState.js", `for (const parentIdx of dp) {`, `for (const parentIdx of dp.slice(0, dp.indexOf(toNodeIndex(i)))) {`],
  [
    "clientState.js",
    `!arraysEqual(dpNode.parent.unmergedLeaves, n.parent.unmergedLeaves)`,
    `!dpNode.parent.unmergedLeaves.includes(unmergedLeaf)`,
  ],
  // RFC 9420 §7.4: the commit secret follows the last node of the *filtered* direct path. With one half of the tree
  // empty that is not the root, and the library went one step too far. Found by a random life.
  [
    "pathSecrets.js",
    `        const nextSecret = await`,
    `        if (tree[nextIndex] === undefined) { pathSecrets[rootIndex] = pathSecrets[currentIndex]; break; }\n        const nextSecret = await`,
  ],
  // A check whose result was thrown away.
  [
    "messageProtection.js",
    `    validateSenderData(senderData, ratchetTree);\n`,
    `    { const fault = validateSenderData(senderData, ratchetTree); if (fault !== undefined) throw fault; }\n`,
  ],
  // Who sent it, and with which authenticated data.
  [
    "processMessages.js",
    `message: result.content.content.applicationData,`,
    `message: result.content.content.applicationData, sender: result.content.content.sender.leafIndex, data: pm.authenticatedData,`,
    2,
  ],
  // RFC 9420 §12.4.3.2: external_pub holds an HPKEPublicKey, which is opaque<V>.
  ["createCommit.js", `extensionData: externalPub }`, `extensionData: encode(varLenDataEncoder)(externalPub) }`, 2],
  [
    "createCommit.js",
    `exportSecret(externalPub.extensionData, cs)`,
    `exportSecret(decodeVarLenData(externalPub.extensionData, 0)[0], cs)`,
  ],
  [
    "createCommit.js",
    `import { encode } from`,
    `import { varLenDataEncoder, decodeVarLenData } from "./codec/variableLength.js";\nimport { encode } from`,
  ],
  // Every commit of ours has a path, encrypted under the new extensions.
  ["createCommit.js", `res.needsUpdatePath\n        ?`, `(res.needsUpdatePath || !options?.withoutPath)\n        ?`],
  [
    "createCommit.js",
    `toLeafIndex(state.privatePath.leafIndex), state.groupContext, state.signaturePrivateKey, cipherSuite, excludeNodes)`,
    `toLeafIndex(state.privatePath.leafIndex), { ...state.groupContext, extensions: res.additionalResult.extensions?.length > 0 ? res.additionalResult.extensions : state.groupContext.extensions }, state.signaturePrivateKey, cipherSuite, excludeNodes)`,
  ],
  // The clock of the tests.
  ["clientState.js", `Date.now()`, `${Date.UTC(2026, 10, 24)}`],
  // Forging.
  [
    "clientState.js",
    `    if (err !== undefined)\n        throw err;`,
    `    if (err !== undefined && globalThis.tsMlsForge === undefined)\n        throw err;`,
  ],
  [
    "updatePath.js",
    `        credential: originalLeafNode.leaf.credential,\n`,
    `        credential: (globalThis.tsMlsForge?.leaf ?? ((leaf) => leaf))(originalLeafNode.leaf).credential,\n`,
  ],
  [
    "updatePath.js",
    `    return [treeWithHashes, updatePath, pathSecrets,`,
    `    globalThis.tsMlsForge?.path?.(updatePath);\n    return [treeWithHashes, updatePath, pathSecrets,`,
  ],
  [
    "createCommit.js",
    `        contentType: framedContent.contentType,\n        signature,\n        confirmationTag,`,
    `        contentType: framedContent.contentType,\n        signature,\n        confirmationTag: (globalThis.tsMlsForge?.tag ?? ((tag) => tag))(confirmationTag),`,
  ],
];

let loaded: Promise<TsMlsCopy> | undefined;
/** The copy, made once per process. */
export const loadTsMls = (): Promise<TsMlsCopy> => (loaded ??= makeCopy());

/**
 * The copy lies beside the installed package, named by its edits, and is made once per installation. Made aside and moved
 * into place, since several test files start at once.
 */
async function makeCopy(): Promise<TsMlsCopy> {
  const modules = fileURLToPath(new URL("../node_modules", import.meta.url));
  const name = createHash("sha256").update(JSON.stringify(edits)).digest("hex").slice(0, 16);
  const cache = join(modules, ".cache");
  const folder = join(cache, `ts-mls-${name}`);
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    const draft = mkdtempSync(join(cache, "draft-"));
    cpSync(join(modules, "ts-mls/dist/src"), draft, { recursive: true });
    edit(draft);
    try {
      renameSync(draft, folder);
    } catch {
      // Another was first, with the same edits.
      rmSync(draft, { recursive: true, force: true });
    }
  }
  const inside = <T>(path: string): Promise<T> =>
    import(/* @vite-ignore */ pathToFileURL(join(folder, `${path}.js`)).href) as Promise<T>;
  return { api: await inside<TsMls>("index"), inside };
}

function edit(folder: string): void {
  writeFileSync(join(folder, "package.json"), `{"type":"module"}`);
  for (const [file, from, to, times = 1] of edits) {
    const path = join(folder, file);
    const text = readFileSync(path, "utf8");
    const found = text.split(from).length - 1;
    if (found !== times) throw new Error(`ts-mls ${file} is not the version that these edits are for: ${from}`);
    writeFileSync(path, text.replaceAll(from, to));
  }
}
