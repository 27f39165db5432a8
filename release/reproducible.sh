#!/usr/bin/env bash
# Builds a revision (release/build.sh) twice, in two folders and with another umask, time zone, language and encoding,
# and compares what a release would ship, byte for byte. Status 1 where one file differs.
#   release/reproducible.sh [REVISION] [first|second|compare]   one step alone, in .work/reproducible; all without it
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

revision=$(git rev-parse --short "${1:-HEAD}")
steps=${2:-first second compare}
work=$PWD/.work/reproducible
first=$work/first
second=$work/second/and/a/longer/path

# FOLDER UMASK NAME=VALUE ...: what is built gets Maven's output on stderr.
built() {
    local folder=$1 mask=$2
    shift 2
    rm -rf "$folder"
    (
        umask "$mask"
        mkdir -p "$folder"
        git archive "$revision" | tar -x -C "$folder"
        cd "$folder"
        # a git of its own, so that what reads ignored files does not read ours
        git init -q
        env "$@" release/build.sh >&2
    )
}

for step in $steps; do
    case $step in
        first) built "$first" 022 TZ=UTC LC_ALL=C.UTF-8 ;;
        second)
            java="-Duser.language=tr -Duser.country=TR -Duser.timezone=Asia/Kathmandu -Dfile.encoding=ISO-8859-9"
            built "$second" 077 TZ=Asia/Kathmandu LC_ALL=C SOURCE_DATE_EPOCH=1 JAVA_TOOL_OPTIONS="$java"
            ;;
        compare)
            echo "two builds of $revision by release/reproducible.sh, $(java -version 2>&1 | grep -m 1 version), SHA-256"
            echo "first: umask 022, UTC, C.UTF-8"
            echo "second: a longer path, umask 077, Asia/Kathmandu, C, Java in Turkish and ISO-8859-9"
            differ=0
            while read -r hash file; do
                other=$(awk -v file="$file" '$2 == file { print $1 }' "$second/.work/release/SHA256SUMS")
                if [[ $hash == "$other" ]]; then
                    echo "equal   $hash $file"
                else
                    echo "DIFFERS $hash $file (second: ${other:-none})"
                    differ=$((differ + 1))
                fi
            done <"$first/.work/release/SHA256SUMS"
            count=$(wc -l <"$first/.work/release/SHA256SUMS")
            also=$(wc -l <"$second/.work/release/SHA256SUMS")
            echo "$((count - differ)) of $count files are equal; the second build has $also"
            ((differ == 0 && count == also)) || exit 1
            ;;
        *) echo "release/reproducible.sh: first, second or compare, not $step" >&2; exit 2 ;;
    esac
done
