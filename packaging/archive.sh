#!/usr/bin/env bash
# Packs a built binary with its licence, README, man pages and completions, and prints the archive's name and SHA-256.
# usage: packaging/archive.sh BINARY TARGET OUT
#   BINARY  a whysync that this machine can run, or one beside which WHYSYNC_HOST names such a whysync
#   TARGET  the target triple, such as x86_64-unknown-linux-musl
#   OUT     the folder to write whysync-TARGET.tar.gz and whysync-TARGET.tar.gz.sha256 to
set -euo pipefail

binary=$(realpath "$1")
target=$2
mkdir -p "$3"
out=$(realpath "$3")
runs=$(realpath "${WHYSYNC_HOST:-$binary}")
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/whysync-$target
mkdir -p "$root/completions" "$root/man"
install -m 755 "$binary" "$root/whysync"
cp LICENSE README.md CHANGELOG.md SECURITY.md "$root"
for shell in bash zsh fish; do
  "$runs" completions "$shell" > "$root/completions/whysync.$shell"
done
"$runs" man "$root/man"

archive=whysync-$target.tar.gz
tar -C "$work" -czf "$out/$archive" "whysync-$target"
cd "$out"
if command -v sha256sum >/dev/null; then sha256sum "$archive"; else shasum -a 256 "$archive"; fi | tee "$archive.sha256"
