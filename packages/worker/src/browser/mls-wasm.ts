/** The MLS module, fetched and compiled when somebody signs in or is signed in. */
import { loadMls, type Mls } from "@megachat/group";

// A URL that the bundler sees: it gives the file a hashed name.
const url = new URL("../../../mls/wasm/megachat_mls_bg.wasm", import.meta.url);

let loading: Promise<Mls> | undefined;
export const loadMlsWasm = async (): Promise<Mls> => {
  loading ??= compile().catch((fault: unknown) => {
    // The network failed, not the module: the next one who wants it tries again.
    loading = undefined;
    throw fault;
  });
  return loading;
};

async function compile(): Promise<Mls> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the MLS module did not come: ${response.status}`);
  return loadMls(await WebAssembly.compile(await response.arrayBuffer()));
}
