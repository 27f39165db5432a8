#!/usr/bin/env bash
# Lattices: their second moments beside theory, and their error beside trained codebooks at equal rate:
#   benchmarks/lattices.sh       writes benchmarks/results/lattices.txt
# ROWS: rows of each data set.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build
{
    head_of "lattices.sh: lattices beside theory (10^6 uniform vectors) and beside trained codebooks (${ROWS:-100000} rows)"
    echo "# theory: Z 1/12, A2 5 / (36 sqrt 3), E8 929/12960, D_n (1/12 + 1 / (2 n (n + 1))) / 2^(2/n) [Conway and Sloane]"
    echo "# then, for rows of 8 dimensions (sift-photos: the first 32 of the descriptors), blocks of n dimensions at 1 and 2 bits a dimension:"
    echo "# VQ: MSE of a value by K trained codewords (spark-nsvq's defaults, k-means++ start, on the rows that it is measured on); entropy:"
    echo "# of their use, bits a dimension. Then the lattice of that dimension at the same rate, and how much more error it has in dB:"
    echo "# fixed: the finest scale by which the rows use no more than K points (codes of one length); entropy: the scale by which an entropy"
    echo "# coder that knows each block's distribution takes as many bits as log2 K; VQ's ent.: as many as the VQ's entropy"
    echo "# correlated: Gaussian, .9 from a dimension to the next. A lattice stands for its points, not for the means of what falls to them"
    benchmark classical.Lattices "$DATA/sift-photos/learn.bvecs" "${ROWS:-100000}" 2>>"$WORK/stderr.txt"
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/lattices.txt"
