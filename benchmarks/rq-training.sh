#!/usr/bin/env bash
# Training time of a residual quantizer of 8 x 256 codewords beside faiss's with its defaults, one thread, sift-photos, in turns:
#   benchmarks/rq-training.sh     writes benchmarks/results/rq-training.txt; about 12 minutes
# A beam of 5 is what faiss trains and encodes with unless told otherwise; ours is 16.
# spark-nsvq is measured from fit call to fit return on local[1] in a JVM that trained once before, packing included. The params
# beside a row are those that differ from the defaults; errors are of base, mean over rows, summed over dimensions.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build
LEARN=$DATA/sift-photos/learn.bvecs
BASE=$DATA/sift-photos/base.bvecs
read -ra SETTINGS <<<"${SETTINGS:-rq/8/0/maxIter=3,jointIter=1,beam=5 rq/8/0/maxIter=5,jointIter=1,beam=5 rq/8/0/}"

{
    head_of "rq-training.sh: one thread; seconds of training, medians of ${ROUNDS:-3} rounds, faiss and spark-nsvq in turns"
    for ((round = 1; round <= ${ROUNDS:-3}; round++)); do
        THREADS=1 "$PYTHON" "$PEERS/faiss_quality.py" "$DATA/sift-photos" RQ8x8 2>>"$WORK/stderr.txt"
        benchmark CodeSpeed 2 "$LEARN" "$BASE" "${SETTINGS[@]}" 2>>"$WORK/stderr.txt"
    done | "$PYTHON" "$ROOT/benchmarks/rq_training_table.py"
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/rq-training.txt"
