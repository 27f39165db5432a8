#!/usr/bin/env bash
# A residual quantizer of two levels whose first index selects the second codebook, beside plain ones of as many bits:
#   benchmarks/tree-residual.sh        writes benchmarks/results/tree-residual.txt
# ROWS: the most rows to train on.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build
JAVA_OPTIONS+=(-XX:ActiveProcessorCount=1)
{
    head_of "tree-residual.sh: two levels of b1+b2 bits; one second codebook (RVQ) or one for each codeword of the first level (tree)"
    cat <<'TEXT'
# MSE summed over dimensions, of 10,000 rows that were not trained on ('tree,train': of the rows trained on). greedy: level by level,
# 20 passes each; joint: 10 rounds of joint least squares after that, encoded with a beam of 8; tree: level by level, greedy.
# one VQ: a single codebook with as many codewords as the tree has at its leaves: the same bits and memory (8 bits only).
# tree/g, tree/j: the tree's held-out error over that of the greedy and of the joint RVQ. KB: of the codebooks. s: CPU to train.
#
TEXT
    benchmark codebooks.TreeResidual "${ROWS:-100000}" "$DATA/sift-photos/learn.bvecs" "$DATA/sift-photos/base.bvecs" \
        "$DATA/fashion-mnist/base.bvecs" - "$DATA/summaries/base.fvecs" - 4+4 4+8 6+6 8+8 2>>"$WORK/stderr.txt"
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/tree-residual.txt"
