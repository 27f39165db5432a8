#!/usr/bin/env bash
# benchmarks/kernel.sh [ROUNDS]: nearest-codeword search on one thread beside faiss and OpenBLAS's sgemm, in turn within
# each round. Writes benchmarks/results/kernel.txt.
#
# NSVQ_PEERS   folder of faiss_assign.py (default: ../shared/peers beside the repository)
# NSVQ_PYTHON  a python3 with faiss (default: /usr/bin/python3, Debian's python3-faiss)
# NSVQ_RESULT  file to write (default: benchmarks/results/kernel.txt)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
peers=${NSVQ_PEERS:-$root/../shared/peers}
python=${NSVQ_PYTHON:-/usr/bin/python3}
result=${NSVQ_RESULT:-$root/benchmarks/results/kernel.txt}
rounds=${1:-5}
shapes=(100000x128x256 20000x128x4096 20000x784x1024 100000x8x256 100000x16x256)

[[ -f $peers/faiss_assign.py ]] || { echo "kernel.sh: no faiss_assign.py in $peers; set NSVQ_PEERS" >&2; exit 2; }
cd "$root"
./mvnw -q -B -ntp -Dquick -pl benchmarks -am package >&2
classpath=benchmarks/target/classes:$(<benchmarks/target/classpath.txt)
rows=$(mktemp)
trap 'rm -f "$rows"' EXIT

ours() {
    # the JVM says on stdout that it uses an incubator module
    java --add-modules=jdk.incubator.vector -cp "$classpath" io.github.sparknsvq.benchmarks.KernelMain "$@" 2>/dev/null |
        grep '^{'
}

peer() {
    THREADS=1 OPENBLAS_NUM_THREADS=1 "$python" "$peers/faiss_assign.py" "$@"
}

for ((round = 1; round <= rounds; round++)); do
    echo "round $round of $rounds" >&2
    ours limit | tee -a "$rows" >&2
    for shape in "${shapes[@]}"; do
        ours "$shape" | tee -a "$rows" >&2
        # shellcheck disable=SC2086
        peer ${shape//x/ } | tee -a "$rows" >&2
    done
done

{
    echo "Nearest-codeword search, one thread, GFLOP/s: 2 N D K over the shortest of 7 calls; median (lowest-highest) of $rounds rounds."
    echo "benchmarks/kernel.sh $rounds, $(date -u +%F), revision $(git describe --always --dirty)"
    lscpu | awk -F: '/^Model name|^CPU\(s\)|^L2 cache|^L3 cache/ {gsub(/^ +/, "", $2); printf "%s%s", sep, $1 " " $2; sep = ", "} END {print ""}'
    java -version 2>&1 | sed -n 2p
    "$python" benchmarks/kernel_table.py "$rows"
} | tee "$result"
