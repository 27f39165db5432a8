#!/usr/bin/env bash
# Tries what signs a release: makes a key for this one run in a folder that is deleted, builds and signs with it
# (release/build.sh --sign), then verifies every file with the public key alone, and that a changed file is refused.
# Status 1 where a file has no good signature. Needs gpg (Debian's gnupg).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

out=.work/release
GNUPGHOME=$(mktemp -d)
stranger=$(mktemp -d)
export GNUPGHOME MAVEN_GPG_PASSPHRASE=only-for-this-run
stop() {
    gpgconf --kill all
    GNUPGHOME=$stranger gpgconf --kill all
    rm -rf "$GNUPGHOME" "$stranger"
}
trap stop EXIT
# Sockets of the agent want a short path, and a folder that is its owner's alone.
chmod 700 "$GNUPGHOME" "$stranger"

address=throwaway@release.invalid
gpg --batch --quiet --pinentry-mode loopback --passphrase "$MAVEN_GPG_PASSPHRASE" \
    --quick-generate-key "release/signing.sh <$address>" ed25519 sign 1d
gpg --batch --armor --export "$address" >"$stranger/key.asc"
release/build.sh --sign "$address" >&2

# Whoever downloads it has the public key and nothing else.
GNUPGHOME=$stranger gpg --batch --quiet --import "$stranger/key.asc"
good() { GNUPGHOME=$stranger gpg --batch --quiet --verify "$1" "$2" 2>/dev/null; }
failed=0
count=0
for file in "$out"/*; do
    [[ $file != *.asc ]] || continue
    if good "$file.asc" "$file"; then
        count=$((count + 1))
    else
        echo "NO GOOD SIGNATURE: ${file##*/}"
        failed=1
    fi
done
(cd "$out" && sha256sum --quiet --check SHA256SUMS) || failed=1
echo "$count files have a good signature, and the sums of SHA256SUMS"

changed=$stranger/changed.jar
cp "$(ls "$out"/spark-nsvq-core-*.jar | head -n 1)" "$changed"
printf ' ' >>"$changed"
if good "$(ls "$out"/spark-nsvq-core-*.jar.asc | head -n 1)" "$changed"; then
    echo "A CHANGED FILE WAS TAKEN"
    failed=1
else
    echo "a file with one byte more is refused"
fi
rm -f "$out"/*.asc # of a key that is gone
exit "$failed"
