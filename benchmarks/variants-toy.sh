#!/usr/bin/env bash
# PVQ, RVQ and AVQ with four codebooks on correlated and uncorrelated toy data, 12 to 40 bits, held-out rows, one thread:
#   benchmarks/variants-toy.sh        writes benchmarks/results/variants-toy.txt
# TOY sets what is measured (data/dimension/bits of a codebook,../rows/seeds), ROUNDS the rounds of least squares of AVQ.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build
JAVA_OPTIONS+=(-XX:ActiveProcessorCount=1)
TOY=${TOY:-correlated/64/3,4,5,6/30000/2 uncorrelated/64/3,4,5,6/30000/2 correlated/64/7,8/40000/1 uncorrelated/64/7,8/40000/1
    correlated/128/3,6/30000/1 uncorrelated/128/3,6/30000/1 correlated/256/3,6/30000/1 uncorrelated/256/3,6/30000/1
    correlated/64/9,10/40000/1 uncorrelated/64/9,10/40000/1}
{
    head_of "variants-toy.sh: MSE (summed over dimensions) of 20,000 held-out rows, four codebooks; mean of the seeds (deviation)"
    cat <<'TEXT'
# Data: inferred, since the authors publish no generators. Uncorrelated: independent uniform values, variances that sum up to 140
# (Gaussian ones fall from 12 to 40 bits by .58 in PVQ, published .517, uniform ones by about .51). Correlated: 16 independent uniform
# values mixed by a fixed matrix of Gaussian entries (published AVQ falls by 2^-.5 for every 4 bits: that is dimension 16).
# Only ordering and ratios can be compared. 'pub': published means at 64 dimensions (Figure 2) and at 128 and 256 (Figure 3).
# PVQ, RVQ default: as spark-nsvq's stages train and encode them (RVQ: beam 8 and 10 joint rounds; the authors encode greedily).
# RVQ, best start: the better of that and of joint rounds from the product quantizer's codebooks, by the error of the rows trained on.
# AVQ default: started from levels, as AdditiveVQ does, but with fewer joint rounds; AVQ, best start: the best of that and of starts from
# the product quantizer's codebooks and from RVQ's, with less noise. Beam 16, polished. Ratios are of best starts; AVQd: AVQ default.
# Every seed draws other rows. Rows are few for 9 and 10 bits: held-out errors there are above those of many rows.
#
TEXT
    # shellcheck disable=SC2086 # a list
    benchmark codebooks.ToyVariants "${ROUNDS:-8}" $TOY 2>>"$WORK/stderr.txt"
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/variants-toy.txt"
