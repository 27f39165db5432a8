#!/usr/bin/env bash
# How evenly codebooks of 4 to 10 bits are used by rows that they were not trained on, and at what error:
#   benchmarks/porcupine.sh      writes benchmarks/results/porcupine.txt
# POINTS limits the rows of each half, BITS and PASSES say what is trained.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build
{
    head_of "porcupine.sh: use of codebooks by rows that they were not trained on"
    echo "# half of the rows, by a hash of their number, is trained on, the other half is measured; one JVM, all cores"
    echo "# vq: the defaults; balanced prices: 20 passes more, as ResidualVQ.setBalanced with one codebook; sfvq: a curve of"
    echo "# as many corners as there are codewords, the default passes${PASSES:+ ($PASSES)}, cut into parts of equal weight,"
    echo "# codewords are means of the projected rows or of the rows (samples); even: 20 rounds that move the cuts by the use of codewords"
    echo "# KL: of the counts from Binomial(n, 1/K), bits; worst and average: disclosure, bits; l2/l1, deviation (rows) and dead: of the counts;"
    echo "# mse: of rows held out; KL vq/: how many times larger vq's is. Ideal: B bits, K^-1/2; published at 4 bits: KL vq/ 5.7, and for"
    echo "# 192-D embeddings of 8,950 voices KL 130.8 and 22.9, worst 7.46 and 4.53, l2/l1 .28 and .26, deviation 306 and 133"
    echo
    files=("$DATA/passages/base.fvecs" "$DATA/fashion-mnist/base.bvecs" "$DATA/summaries/base.fvecs")
    benchmark Porcupine 1 "${POINTS:-1000000}" "${PASSES:-0}" "${BITS:-4,5,6,7,8,9,10}" "${files[@]}" 2>>"$WORK/stderr.txt"
    echo "# other halves of the rows and other trainings, at the published 4 bits"
    benchmark Porcupine 2,3,4,5 "${POINTS:-1000000}" "${PASSES:-0}" 4 "${files[@]}" 2>>"$WORK/stderr.txt"
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/porcupine.txt"
