#!/usr/bin/env bash
# Error of an additive quantizer on base against training time, 8 codebooks of 8 bits, sift-photos, on one thread:
#   benchmarks/additive-curve.sh     writes benchmarks/results/additive-curve.txt
# faiss's LSQ8x8 reaches 20374 (recall@1 .407) after 1416 s of training on one thread (README of the data).
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build
LEARN=$DATA/sift-photos/learn.bvecs
BASE=$DATA/sift-photos/base.bvecs

{
    head_of "additive-curve.sh: aq 8 x 8 on local[1]; trained with ever more joint passes.
# Under each line its passes: seconds so far, and the error of the rows that the pass met (joint passes but the first and the
# last add noise to the codewords, and most search with half the beam)"
    benchmark CodeSpeed 1 "$LEARN" "$BASE" ${AQ:-aq/8/0/jointIter=1 aq/8/0/jointIter=5 aq/8/0/jointIter=10 aq/8/0/} 2>>"$WORK/stderr.txt" |
        "$PYTHON" "$ROOT/benchmarks/code_speed_table.py" curve
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/additive-curve.txt"
