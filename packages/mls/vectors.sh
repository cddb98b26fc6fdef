#!/bin/bash
# Runs the 16 official MLS vector families in OpenMLS's own native tests, and writes vectors.lock.json. Needed when the
# crate's OpenMLS changes, of which lock.test.ts reminds; takes some minutes. Vectors: MEGACHAT_VECTORS, or shared/vectors beside the checkout (its folder mls/ holds the JSON files).
#
# The published crate has the tests but not the vectors, and a test that names the crate from inside: both are mended in a
# copy that is thrown away. kat_storage_stability is no MLS family: it reads rows that are not published with the crate.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd -P)"
vectors="${MEGACHAT_VECTORS:-$here/../../../shared/vectors}/mls"
cargo="${CARGO:-/usr/bin/cargo}"
export RUSTC="${RUSTC:-/usr/bin/rustc}"
[ -d "$vectors" ] || { echo "vectors.sh: no vectors in $vectors" >&2; exit 1; }

version="$(sed -n 's/^openmls = { version = "=\([^"]*\)".*/\1/p' "$here/crate/Cargo.toml")"
"$cargo" fetch --locked --manifest-path "$here/crate/Cargo.toml"
source="$(find "${CARGO_HOME:-$HOME/.cargo}/registry/src" -maxdepth 2 -name "openmls-$version" | head -1)"
copy="$(mktemp -d)"
trap 'rm -rf "$copy"' EXIT
cp -r "$source/." "$copy"
chmod -R u+w "$copy"
mkdir -p "$copy/test_vectors"
cp "$vectors"/*.json "$copy/test_vectors/"
echo '[]' > "$copy/test_vectors/kat_encryption_openmls.json"
printf '\n#[cfg(test)]\nextern crate self as openmls;\n' >> "$copy/src/lib.rs"

CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$here/target}/vectors" \
  "$cargo" test --manifest-path "$copy/Cargo.toml" --features test-utils --lib -- kat --skip kat_storage_stability |
  tee "$copy/outcome"
"${NODE:-$here/../../node_modules/.bin/node}" "$here/src/lock.ts" vectors "$("$RUSTC" --version)" "$copy/outcome"
