#!/usr/bin/env bash
# Lists what spark-nsvq depends on, from the bill of materials that release/build.sh leaves, beside the holes of
# release/known-holes.tsv, and what the fat jars bundle beside the newest versions that Maven Central has.
#   release/dependencies.sh [--offline]   --offline: does not ask for newer versions
# Status 1 where something that is bundled has a known hole. No database of holes is asked: known-holes.tsv has what
# its last reader found, which its first lines say.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 release/bundled.py >"$work/bundled.txt"
if [[ ${1:-} != --offline ]]; then
    python3 release/dependencies.py pom "$work/bundled.txt" >"$work/pom.xml"
    plugin=org.codehaus.mojo:versions-maven-plugin:$(python3 release/dependencies.py plugin versions-maven-plugin)
    ./mvnw -q -B -ntp -f "$work/pom.xml" "$plugin:display-dependency-updates" \
        -Dverbose=true -DprocessDependencyManagement=false "-Dversions.outputFile=$work/newest.txt" \
        '-Dmaven.version.ignore=(?i).*[-.](alpha|beta|b|rc|cr|m|ea)[-.]?[0-9]*|[0-9]{8}.*' >&2
fi
touch "$work/newest.txt"
python3 release/dependencies.py table "$work/bundled.txt" "$work/newest.txt"
