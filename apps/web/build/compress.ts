/** Puts a Brotli and a gzip form beside every file worth it, once, so that the server never compresses. */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

const WORTH_IT = /\.(?:js|css|html|svg|json|webmanifest|wasm)$/;
const asBrotli = promisify(brotliCompress);
const asGzip = promisify(gzip);

export function compressFiles(): Plugin {
  let folder = "dist";
  return {
    name: "megachat-compress",
    apply: "build",
    configResolved: (config) => {
      folder = join(config.root, config.build.outDir);
    },
    closeBundle: {
      order: "post",
      sequential: true,
      handler: async () => {
        const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => WORTH_IT.test(file));
        await Promise.all(files.map((file) => compress(join(folder, file))));
      },
    },
  };
}

async function compress(file: string): Promise<void> {
  const bytes = readFileSync(file);
  // The last tenth of a megabyte of WebAssembly costs a minute of waiting at the first start.
  const quality = bytes.length < 500_000 ? 11 : 9;
  const params = { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const [brotli, gzipped] = await Promise.all([asBrotli(bytes, { params }), asGzip(bytes, { level: 9 })]);
  if (brotli.length < bytes.length) writeFileSync(`${file}.br`, brotli);
  if (gzipped.length < bytes.length) writeFileSync(`${file}.gz`, gzipped);
}
