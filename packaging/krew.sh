#!/usr/bin/env bash
# Prints the krew manifest of a release: kubectl plugins are installed from it.
# usage: packaging/krew.sh VERSION REPOSITORY_URL SHA256SUMS
#   VERSION         without the v, such as 0.1.0
#   REPOSITORY_URL  such as https://github.com/OWNER/whysync
#   SHA256SUMS      the checksums of the archives, as packaging/archive.sh prints them
set -euo pipefail

version=$1
repository=${2%/}
sums=$3

cat <<HEAD
apiVersion: krew.googlecontainertools.github.com/v1alpha2
kind: Plugin
metadata:
  name: whysync
spec:
  version: v$version
  homepage: $repository
  shortDescription: Say why an Echonet replay resynced
  description: |
    Collects the evidence of a Starknet Echonet resync without changing anything, accounts for every divergence, and says which known
    failure explains it and whether the deployed code contains the fix.
  caveats: |
    whysync needs a Role that reads. Print the smallest one with: kubectl whysync rbac --namespace NAMESPACE
  platforms:
HEAD

platform() {
  local os=$1 arch=$2 target=$3 sum
  sum=$(awk -v name="whysync-$target.tar.gz" '$2 == name { print $1 }' "$sums")
  if [ -z "$sum" ]; then
    echo "packaging/krew.sh: $sums has no checksum of whysync-$target.tar.gz" >&2
    exit 1
  fi
  cat <<PLATFORM
    - selector:
        matchLabels:
          os: $os
          arch: $arch
      uri: $repository/releases/download/v$version/whysync-$target.tar.gz
      sha256: $sum
      bin: whysync
      files:
        - from: whysync-$target/whysync
          to: .
        - from: whysync-$target/LICENSE
          to: .
PLATFORM
}

platform linux amd64 x86_64-unknown-linux-musl
platform linux arm64 aarch64-unknown-linux-musl
platform darwin amd64 x86_64-apple-darwin
platform darwin arm64 aarch64-apple-darwin
