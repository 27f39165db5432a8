#!/usr/bin/env bash
# Space-filling curves through a Gaussian in the plane, 4 to 10 bits, beside codebooks of as many codewords:
#   benchmarks/curve-2d.sh         writes benchmarks/results/curve-2d.txt and two pictures
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
SEEDS=${SEEDS:-5}
build
{
    head_of "curve-2d.sh: 2-D Gaussian, 100,000 rows and 20,000 held out; mean of $SEEDS seeds, the worst in brackets"
    echo "# adjacent/random: mean distance of corners that follow each other over that of all pairs; asked for at 6 bits: at most 1/3"
    echo "# line, VQ: MSE (summed over dimensions) of the training rows by the nearest point of the line and by K codewords (defaults,"
    echo "# k-means++ start); line/VQ and the same on held-out rows, and there against K - 1 codewords, one for each segment; asked for:"
    echo "# at most .6 (squares of a side as long as the lines are apart give .52)"
    echo "# misses: share of held-out rows whose nearest point is not beside their nearest corner; dead: segments nearest to no row"
    echo "# tour: length of a tour of the held-out rows by position over that in random and in Hilbert order; seconds: to train the curve"
    benchmark CurvePlane "$WORK" "$SEEDS" 2>>"$WORK/stderr.txt"
} | tee "$WORK/result.txt"
mv "$WORK"/curve-2d-*.svg "$RESULTS/"
mv "$WORK/result.txt" "$RESULTS/curve-2d.txt"
