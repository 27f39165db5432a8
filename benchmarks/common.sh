# Sourced by the benchmark scripts: where things are, and the head that every result file starts with.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
SHARED=${NSVQ_SHARED:-$ROOT/../shared}
PEERS=${NSVQ_PEERS:-$SHARED/peers}
DATA=${NSVQ_DATA:-$SHARED/data}
PYTHON=${NSVQ_PYTHON:-$ROOT/.work/peers/bin/python}
RESULTS=${NSVQ_RESULTS:-$ROOT/benchmarks/results}
WORK=$(mktemp -d)
# a run that fails shows what its parts said, and leaves the last result as it was
trap 'code=$?; ((code == 0)) || tail -n 40 "$WORK/stderr.txt" >&2 2>/dev/null; rm -rf "$WORK"' EXIT

# Some machines name a BLAS core of their own for numpy, which then is not the one that users run.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
# faiss's wheel has OpenBLAS 0.3.15, which takes an Intel CPU newer than itself for an old one, and is then 3.6 times slower. Peers get
# the kernels of the newest one it knows.
if lscpu | grep '^Vendor ID: *GenuineIntel' >/dev/null && lscpu | grep -w avx512f >/dev/null; then export OPENBLAS_CORETYPE=SkylakeX; fi

# The peers that users install today, in a virtual environment of their own, made anew when their list changes.
peers_python() {
    local home=$ROOT/.work/peers
    cmp -s "$PEERS/requirements.txt" "$home/requirements.txt" && return
    rm -rf "$home"
    python3 -m venv "$home"
    "$home/bin/pip" install --quiet --disable-pip-version-check -r "$PEERS/requirements.txt" >&2
    cp "$PEERS/requirements.txt" "$home/requirements.txt"
}
[[ -n ${NSVQ_PYTHON:-} || ! -f $PEERS/requirements.txt ]] || peers_python

# Queries held out of a data set, 10,000 unless told otherwise, without ties: held_out NAME [METRIC]; sets HELD to their folder.
held_out() {
    HELD=$WORK/held-out-$1-${2:-l2}
    "$PYTHON" "$ROOT/benchmarks/held_out.py" "$PEERS" "$DATA/$1" "${HELD_OUT:-10000}" "$HELD" "${2:-l2}" >&2
}

# Builds the jars and sets CLASSPATH_ALL and JAVA_OPTIONS for benchmark classes; with NSVQ_BUILT=1 they are there already.
build() {
    [[ ${NSVQ_BUILT:-0} == 1 ]] || (cd "$ROOT" && ./mvnw -q -B -ntp -DskipTests -Dquick package) >&2
    CLASSPATH_ALL="$ROOT/benchmarks/target/classes:$(ls "$ROOT"/spark-nsvq-cli/target/*-fat.jar):$(cat "$ROOT/spark-nsvq-cli/target/spark-classpath.txt")"
    read -ra JAVA_OPTIONS <<<"$(tr "\n" " " <"$ROOT/spark-nsvq-cli/target/java.options")"
}

# Runs a benchmark class: benchmark CLASS ARGS... HEAP is its largest heap.
benchmark() {
    local class=$1
    shift
    "${JAVA_HOME:+$JAVA_HOME/bin/}java" "${JAVA_OPTIONS[@]}" -Xmx"${HEAP:-8g}" -Dlog4j2.configurationFile="$ROOT/conf/log4j2.properties" \
        -cp "$CLASSPATH_ALL" "io.github.sparknsvq.benchmarks.$class" "$@"
}

# Runs a command and prints how long it took; what it prints itself goes to stdout.txt and stderr.txt in WORK: timed WHAT COMMAND...
timed() {
    local began tenths
    began=$(date +%s%N)
    "${@:2}" >"$WORK/stdout.txt" 2>"$WORK/stderr.txt" || {
        tail -n 60 "$WORK/stdout.txt" >&2
        return 1
    }
    tenths=$((($(date +%s%N) - began) / 100000000))
    printf '%-46s %3d min %2d.%d s\n' "$1" $((tenths / 600)) $((tenths / 10 % 60)) $((tenths % 10))
}

# A SPARK_HOME of the jars that Maven brought, for daemons and drivers; after build.
spark_home() {
    export SPARK_HOME=$WORK/home SPARK_SCALA_VERSION=2.13 SPARK_LOCAL_IP=127.0.0.1
    JAVA=${JAVA_HOME:+$JAVA_HOME/bin/}java
    mkdir -p "$SPARK_HOME/jars"
    tr : '\n' <"$ROOT/spark-nsvq-cli/target/spark-classpath.txt" | xargs -d '\n' ln -s -t "$SPARK_HOME/jars/"
}

# A SPARK_HOME with spark-submit, YARN and Kubernetes: the one that is set, or SPARK_VERSION from PyPI. It is Python's package, since Maven
# Central has no spark-yarn of Spark 4.1. Sets JAVA_HOME too, which YARN and spark-submit want.
spark_distribution() {
    export SPARK_HOME=${SPARK_HOME:-$("$("$ROOT/.ci/spark" "${SPARK_VERSION:-4.1.4}")" -c 'import pyspark; print(pyspark.__path__[0])')}
    export JAVA_HOME=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")}
    export SPARK_LOCAL_IP=127.0.0.1 PATH=$SPARK_HOME/bin:$PATH
    unset SPARK_SCALA_VERSION
    SPARK=$(version_of spark-core_2.13)
}

version_of() { # NAME: the version of that jar of SPARK_HOME
    basename "$SPARK_HOME/jars/$1"-[0-9]*.jar .jar | sed "s/^$1-//"
}

# Sets LINE to the command of a section of docs/deploy.md; deploy_line SECTION.
deploy_line() {
    LINE=$(sed -n "/^## $1\$/,/^## /s/^    //p" "$ROOT/docs/deploy.md")
}

# Replaces in LINE what must be there: replace FROM TO.
replace() {
    [[ $LINE == *"$1"* ]] || { echo "the line of docs/deploy.md has no '$1'" >&2; return 1; }
    LINE=${LINE//"$1"/"$2"}
}

# Starts a standalone cluster of two workers with one core and 2 GB each, at MASTER; it ends with the script, as do CHILDREN.
start_cluster() {
    spark_home
    CHILDREN=()
    trap 'code=$?; kill "${CHILDREN[@]}" 2>/dev/null || true; ((code == 0)) || tail -n 40 "$WORK/stderr.txt" >&2; rm -rf "$WORK"' EXIT
    local port=$((20000 + RANDOM % 20000)) worker
    MASTER=spark://127.0.0.1:$port
    daemon master.Master --host 127.0.0.1 --port $port --webui-port 0
    sleep 5
    for worker in 1 2; do
        daemon worker.Worker --host 127.0.0.1 --webui-port 0 -c 1 -m 2g -d "$WORK/work$worker" "$MASTER"
    done
    WORKERS=("${CHILDREN[@]:1}")
    sleep 5
}

daemon() { # CLASS ARGS...: a daemon of Spark's
    "$JAVA" -Xmx512m -cp "$SPARK_HOME/jars/*" "org.apache.spark.deploy.$@" >>"$WORK/daemons.txt" 2>&1 &
    CHILDREN+=($!)
}

# The head of a result file: what was run, where, when, on which revision.
head_of() {
    echo "# $1"
    echo "# machine: $(lscpu | sed -n 's/^Model name: *//p'), $(nproc) cores; load before: $(cut -d' ' -f1 /proc/loadavg)"
    echo "# $(date -u +%Y-%m-%dT%H:%MZ), revision $(revision)"
    echo
}

# What is measured: the commit, and whether files differ from it.
revision() {
    echo "$(git -C "$ROOT" rev-parse --short HEAD)$(git -C "$ROOT" diff --quiet HEAD || echo ' with changes')"
}
