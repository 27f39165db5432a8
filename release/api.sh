#!/usr/bin/env bash
# Compares the public API of this checkout with that of a base revision (japicmp), and CHANGELOG.md with both: each
# class of the API by which a program of then does not compile or link any more must be named there under Breaks, above
# the heading of the base's release. Prints the breaks; status 1 where one is not named. Takes the jars that
# ./mvnw -Dquick -DskipTests package has left.
#   release/api.sh [BASE]   BASE: a revision; the newest tag v* before this one without it
# API are the packages, and of some packages the classes, whose package-info.java says so (release/api_packages.py).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# a tag on this very commit is the release to be checked, not its base
base=${1:-$(git describe --tags --match 'v*' --abbrev=0 HEAD^ 2>/dev/null)} || {
    echo "release/api.sh: there is no tag v* yet: which revision to compare with?" >&2
    exit 2
}
commit=$(git rev-parse --short "$base^{commit}")
folder=$PWD/.work/api/$commit
modules=(core djl ml)
japicmp=$(sed -n 's|.*<japicmp.version>\(.*\)</japicmp.version>.*|\1|p' pom.xml)
tool=.work/api/japicmp-$japicmp-jar-with-dependencies.jar

# The jar of a module, whatever its version and Scala are.
jar_of() { # FOLDER MODULE
    local jar
    for jar in "$1/spark-nsvq-$2"/target/spark-nsvq-"$2"[-_]*.jar; do
        case $jar in *-sources.jar | *-javadoc.jar | *-fat.jar | *-shaded.jar) continue ;; esac
        if [[ -f $jar ]]; then echo "$jar"; fi
    done | head -n 1
}

if [[ ! -f $tool ]]; then
    ./mvnw -q -B -ntp -N dependency:copy -DoutputDirectory=.work/api -Dmdep.useBaseVersion=true \
        "-Dartifact=com.github.siom79.japicmp:japicmp:$japicmp:jar:jar-with-dependencies" >&2
fi
if [[ -z $(jar_of "$folder" core) ]]; then
    rm -rf "$folder"
    mkdir -p "$folder"
    git archive "$commit" | tar -x -C "$folder"
    (cd "$folder" && ./mvnw -q -B -ntp -Dquick -DskipTests -Djavac.errorprone=-Xlint:-options \
        -pl spark-nsvq-ml,spark-nsvq-djl -am package) >&2
fi

classpath=$(<spark-nsvq-cli/target/spark-classpath.txt)
report=$(mktemp -d)
trap 'rm -rf "$report"' EXIT
for module in "${modules[@]}"; do
    old=$(jar_of "$folder" "$module")
    new=$(jar_of . "$module")
    if [[ -z $old || -z $new ]]; then
        echo "release/api.sh: no jar of $module: ${old:-$commit has none} ${new:-build it first}" >&2
        exit 2
    fi
    # what the other modules have is on the class path of both, each of its own time
    options=(--old "$old" --old-classpath "$(jar_of "$folder" core):$classpath"
        --new "$new" --new-classpath "$(jar_of . core):$classpath"
        --include "$(python3 release/api_packages.py "$module" "$folder")" --include-exclusively
        -a public --only-modified --ignore-missing-classes --xml-file "$report/$module.xml")
    java -jar "$tool" "${options[@]}" >"$report/log" 2>&1 || { cat "$report/log" >&2; exit 2; }
done
echo "API of $(git describe --always --dirty) beside that of $base ($commit), japicmp $japicmp"
python3 release/api_breaks.py "$report" "$base" "${modules[@]}"
