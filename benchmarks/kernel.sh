#!/usr/bin/env bash
# Nearest-codeword search on one thread beside faiss and OpenBLAS's sgemm, in turn within each round:
#   benchmarks/kernel.sh [ROUNDS]   writes benchmarks/results/kernel.txt
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
rounds=${1:-5}
shapes=(100000x128x256 20000x128x4096 20000x784x1024 100000x8x256 100000x16x256)

[[ -f $PEERS/faiss_assign.py ]] || { echo "kernel.sh: no faiss_assign.py in $PEERS; set NSVQ_PEERS" >&2; exit 2; }
build
# of the benchmarks, these alone need JMH
CLASSPATH_ALL="$ROOT/benchmarks/target/classes:$(<"$ROOT/benchmarks/target/classpath.txt")"

nsvq() {
    # the JVM says on stdout that it uses an incubator module
    benchmark KernelMain "$@" 2>>"$WORK/stderr.txt" | grep '^{'
}

peer() {
    THREADS=1 OPENBLAS_NUM_THREADS=1 "$PYTHON" "$PEERS/faiss_assign.py" "$@" 2>>"$WORK/stderr.txt"
}

{
    head_of "kernel.sh $rounds: GFLOP/s of one thread, 2 N D K over the shortest of 7 calls; median (lowest-highest) of $rounds rounds"
    echo "# $(lscpu | awk -F: '/^L2 cache|^L3 cache/ {gsub(/^ +/, "", $2); printf "%s%s %s", sep, $1, $2; sep = ", "}')"
    echo "# $("${JAVA_HOME:+$JAVA_HOME/bin/}java" -version 2>&1 | sed -n 2p)"
} >"$WORK/head.txt"
for ((round = 1; round <= rounds; round++)); do
    echo "round $round of $rounds" >&2
    nsvq limit | tee -a "$WORK/rows.jsonl" >&2
    for shape in "${shapes[@]}"; do
        nsvq "$shape" | tee -a "$WORK/rows.jsonl" >&2
        # shellcheck disable=SC2086
        peer ${shape//x/ } | tee -a "$WORK/rows.jsonl" >&2
    done
done

{
    cat "$WORK/head.txt"
    "$PYTHON" "$ROOT/benchmarks/kernel_table.py" "$WORK/rows.jsonl"
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/kernel.txt"
