#!/usr/bin/env bash
# Training time and encoding speed of codes on one thread, beside faiss on one thread, sift-photos:
#   benchmarks/code-speed.sh     writes benchmarks/results/code-speed.txt
# spark-nsvq is measured from fit call to fit return on local[1] in a warm JVM, packing included; the params beside a row are those
# that differ from the defaults.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build
LEARN=$DATA/sift-photos/learn.bvecs
BASE=$DATA/sift-photos/base.bvecs
FAST=maxIter=2
TABLE=("$PYTHON" "$ROOT/benchmarks/code_speed_table.py")

measure() { # ROUNDS WHAT...
    local rounds=$1
    shift
    benchmark CodeSpeed "$rounds" "$LEARN" "$BASE" "$@" 2>>"$WORK/stderr.txt"
}

{
    head_of "code-speed.sh: one thread; seconds of training (median of rounds), rows encoded per second"
    {
        THREADS=1 "$PYTHON" "$ROOT/benchmarks/faiss_speed.py" "$PEERS" "$LEARN" "$BASE" PQ8 PQ16 RQ8x8 LSQ8x8 2>>"$WORK/stderr.txt"
        measure "${ROUNDS:-3}" "pq/8/0/$FAST" pq/8/0/ "pq/16/0/$FAST" pq/16/0/
        measure 1 rq/8/0/jointIter=5,beam=5 rq/8/0/jointIter=0,beam=16 aq/8/0/jointIter=0,beam=16,polishIter=4 \
            aq/8/0/jointIter=0,beam=5,polishIter=0
    } | "${TABLE[@]}" speed
    echo
    echo "# training time by the number of rows and of codebooks: seconds, and seconds by rows and codebooks"
    measure 3 "pq/8/25000/$FAST" "pq/8/50000/$FAST" "pq/8/100000/$FAST" "pq/4/0/$FAST" "pq/16/0/$FAST" "pq/32/0/$FAST" |
        "${TABLE[@]}" scaling
    measure 1 rq/8/25000/jointIter=2 rq/8/50000/jointIter=2 rq/8/100000/jointIter=2 rq/2/0/jointIter=0 rq/4/0/jointIter=0 \
        rq/8/0/jointIter=0 | "${TABLE[@]}" scaling
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/code-speed.txt"
