#!/usr/bin/env bash
# Time until the cost that MLlib's KMeans has after 20 iterations:
#   benchmarks/time-to-cost.sh   writes benchmarks/results/time-to-cost.txt
# MLlib (block solver) and spark-nsvq start from the same codewords on the same cached rows, in turns in one JVM on local[2];
# faiss runs right after on two threads from a random start of its own. k = 4096 takes MLlib some minutes a fit.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build

# K ROUNDS SOLVERS UPDATERS...
fits() {
    benchmark TimeToCost "$DATA/sift-photos/learn.bvecs" "$@" 2>>"$WORK/stderr.txt" >"$WORK/fits.jsonl"
}

faiss() {
    for _ in 1 2 3; do THREADS=2 "$PYTHON" "$PEERS/faiss_kmeans.py" "$DATA/sift-photos/learn.bvecs" "$1" 25; done >"$WORK/faiss.jsonl"
}

row() {
    fits "$@"
    faiss "$1"
    "$PYTHON" "$ROOT/benchmarks/time_to_cost_table.py" "$1" "$WORK/fits.jsonl" "$WORK/faiss.jsonl"
}

{
    head_of "time-to-cost.sh: seconds from fit call to fit return until MLlib's cost after 20 iterations, sift-photos/learn"
    echo "# nsvq: maxIter/batchSize/localSteps/learningRate/finalRate/lloydIter, or its defaults; the time is that of the whole fit"
    echo "# x MLlib: how many times as fast as MLlib's block solver in the same JVM"
    printf '%5s %-30s %8s %8s %8s %10s %8s\n' k who median min max cost 'x MLlib'
    # 20/0/1/0.5/0.05/-1 was the default until several steps went with a job
    row 256 "${ROUNDS:-7}" block ${OURS_256:-20/0/1/0.5/0.05/-1} defaults
    row 4096 "${ROUNDS_4096:-3}" block ${OURS_4096:-20/0/1/0.5/0.05/-1} defaults
    echo
    echo "# MLlib's default, the row solver, one round after a first:"
    : >"$WORK/none.jsonl"
    fits 256 2 block,row defaults
    "$PYTHON" "$ROOT/benchmarks/time_to_cost_table.py" 256 "$WORK/fits.jsonl" "$WORK/none.jsonl"
    echo
    echo "# without --add-modules=jdk.incubator.vector, which both can use:"
    JAVA_OPTIONS=("${JAVA_OPTIONS[@]/--add-modules=jdk.incubator.vector/-Dnsvq.benchmark=plain}")
    fits 256 3 block defaults
    "$PYTHON" "$ROOT/benchmarks/time_to_cost_table.py" 256 "$WORK/fits.jsonl" "$WORK/none.jsonl"
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/time-to-cost.txt"
