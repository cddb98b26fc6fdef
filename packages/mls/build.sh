#!/bin/bash
# Builds packages/mls/wasm from packages/mls/crate, byte for byte the same in every directory, and writes lock.json.
#
# Debian: apt install rustc-web cargo-web rust-web-src lld-19
# Others: CARGO and RUSTC of the version that lock.json names, with the rust-src component, and MLS_LINKER=wasm-ld (LLVM 19).
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd -P)"
cargo="${CARGO:-/usr/bin/cargo}"
export RUSTC="${RUSTC:-/usr/bin/rustc}"
linker="${MLS_LINKER:-wasm-ld-19}"
target="${CARGO_TARGET_DIR:-$here/target}"
for tool in "$cargo" "$RUSTC" "$linker"; do
  command -v "$tool" >/dev/null || { echo "build.sh: $tool is missing; see the head of this file" >&2; exit 1; }
done

# The driver is a native tool: it has no part in the artefact's bytes except through its own lock file.
CARGO_TARGET_DIR="$target/bindgen" "$cargo" build --quiet --locked --release --manifest-path "$here/bindgen/Cargo.toml"

# Paths end up in panic messages: every directory that differs between machines gets a fixed name.
registry="${CARGO_HOME:-$HOME/.cargo}"
std="$("$RUSTC" --print sysroot)/lib/rustlib/src/rust"
export RUSTFLAGS="--remap-path-prefix=$here/crate=/crate --remap-path-prefix=$registry=/cargo --remap-path-prefix=$std=/rust --remap-path-prefix=$(readlink -f "$std")=/rust -C target-feature=+bulk-memory"
# The standard library is compiled along, so that it too is small and aborts on panic; that needs the unstable flag.
RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$(command -v "$linker")" CARGO_TARGET_DIR="$target/wasm" \
  "$cargo" build --locked --lib --release --manifest-path "$here/crate/Cargo.toml" \
  -Z build-std=std,panic_abort --target wasm32-unknown-unknown

rm -rf "$here/wasm"
"$target/bindgen/release/megachat-mls-bindgen" "$target/wasm/wasm32-unknown-unknown/release/megachat_mls.wasm" "$here/wasm"
"${NODE:-$here/../../node_modules/.bin/node}" "$here/src/lock.ts" write "$("$RUSTC" --version)"
