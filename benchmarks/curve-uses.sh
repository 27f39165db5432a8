#!/usr/bin/env bash
# What a curve through images says of them: labels along it, neighbors in its order, ways along it, a picture:
#   benchmarks/curve-uses.sh     writes benchmarks/results/curve-uses.txt and curve-fashion-mnist.png
# BITS says which curve is trained.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build
{
    head_of "curve-uses.sh: fashion-mnist/base along a curve of 2^${BITS:-7} corners"
    echo "# I(index; label): mutual information; best interval: of each label the largest share in consecutive indices that hold no more"
    echo "# images than the label has (mean of ten labels; random order: mean of 20)"
    echo "# picture: points at equal steps along the curve, below each the image whose position is nearest"
    echo
    benchmark CurveUses "$DATA/fashion-mnist/base.bvecs" "$DATA/fashion-mnist/base-labels.u8" "${BITS:-7}" \
        "$WORK/curve.png" 2>>"$WORK/stderr.txt"
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/curve-uses.txt"
mv "$WORK/curve.png" "$RESULTS/curve-fashion-mnist.png"
