# Sourced by the benchmark scripts: where things are, and the head that every result file starts with.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
SHARED=${NSVQ_SHARED:-$ROOT/../shared}
PEERS=${NSVQ_PEERS:-$SHARED/peers}
DATA=${NSVQ_DATA:-$SHARED/data}
PYTHON=${NSVQ_PYTHON:-$ROOT/.work/venv/bin/python}
RESULTS=${NSVQ_RESULTS:-$ROOT/benchmarks/results}
WORK=$(mktemp -d)
# a run that fails shows what its parts said, and leaves the last result as it was
trap 'code=$?; ((code == 0)) || tail -n 40 "$WORK/stderr.txt" >&2 2>/dev/null; rm -rf "$WORK"' EXIT

# Builds the jars and sets CLASSPATH_ALL and JAVA_OPTIONS for benchmark classes.
build() {
    (cd "$ROOT" && ./mvnw -q -B -ntp -DskipTests -Dquick package) >&2
    CLASSPATH_ALL="$ROOT/benchmarks/target/classes:$(ls "$ROOT"/spark-nsvq-cli/target/*-fat.jar):$(cat "$ROOT/spark-nsvq-cli/target/spark-classpath.txt")"
    read -ra JAVA_OPTIONS <<<"$(tr "\n" " " <"$ROOT/spark-nsvq-cli/target/java.options")"
}

# Runs a benchmark class: benchmark CLASS ARGS...
benchmark() {
    local class=$1
    shift
    "${JAVA_HOME:+$JAVA_HOME/bin/}java" "${JAVA_OPTIONS[@]}" -Xmx8g -Dlog4j2.configurationFile="$ROOT/conf/log4j2.properties" \
        -cp "$CLASSPATH_ALL" "io.github.sparknsvq.benchmarks.$class" "$@"
}

# The head of a result file: what was run, where, when, on which revision.
head_of() {
    echo "# $1"
    echo "# machine: $(lscpu | sed -n 's/^Model name: *//p'), $(nproc) cores; load before: $(cut -d' ' -f1 /proc/loadavg)"
    echo "# $(date -u +%Y-%m-%dT%H:%MZ), revision $(git -C "$ROOT" rev-parse --short HEAD)$(git -C "$ROOT" diff --quiet HEAD || echo ' with changes')"
    echo
}
