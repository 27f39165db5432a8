#!/usr/bin/env bash
# 65,536 lists on a million synthetic vectors of dimension 128: hierarchical training beside flat k-means, through Spark
# on both cores; then, at a smaller size where flat k-means ends, the recall of both at equal rows scanned:
#   benchmarks/many-lists.sh     writes benchmarks/results/many-lists.txt
# FLAT_PASSES passes of flat k-means are done (and one that counts, as long): 10 as faiss does, in a quarter of an hour.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
ROWS=${ROWS:-1000000}
LISTS=${LISTS:-65536}
FLAT_PASSES=${FLAT_PASSES:-10}
SMALL_ROWS=${SMALL_ROWS:-200000}
SMALL_LISTS=${SMALL_LISTS:-16384}
build
"$PYTHON" "$ROOT/benchmarks/synthetic.py" "$ROWS" "$WORK/base.bvecs"
"$PYTHON" "$ROOT/benchmarks/synthetic.py" "$SMALL_ROWS" "$WORK/small.bvecs"
"$PYTHON" "$ROOT/benchmarks/synthetic.py" 1000 "$WORK/some.bvecs" 3
{
    head_of "many-lists.sh: $LISTS lists on $ROWS x 128 (synthetic.py); $FLAT_PASSES passes of flat k-means and one that counts"
    benchmark big.ManyLists "$WORK/base.bvecs" "$LISTS" "$FLAT_PASSES" "$WORK/large" 2>>"$WORK/stderr.txt"
    echo "# $SMALL_LISTS lists on $SMALL_ROWS rows, 10 passes of flat k-means; recall of 1,000 queries by rows scanned"
    benchmark big.ManyLists "$WORK/small.bvecs" "$SMALL_LISTS" 10 "$WORK/small" 2>>"$WORK/stderr.txt"
    THREADS=2 "$PYTHON" "$ROOT/benchmarks/big_peers.py" "$PEERS" lists "$WORK/small.bvecs" "$WORK/some.bvecs" \
        "$WORK/small.hierarchical" "$WORK/small.flat"
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/many-lists.txt"
