#!/usr/bin/env bash
# Kodak photographs as patches of 8 x 8 gray pixels: PSNR and SSIM of held-out photographs against bits per pixel, one thread:
#   benchmarks/patches.sh        writes benchmarks/results/patches.txt, patches.svg (curves) and patches.png (a part of a photograph)
# TRAINED: how many of the photographs to train on; ROUNDS: of least squares of RVQ and AVQ.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build
JAVA_OPTIONS+=(-XX:ActiveProcessorCount=1 -Djava.awt.headless=true)
{
    head_of "patches.sh: Kodak photographs in patches of 8 x 8 gray pixels (luminance, BT.601); mean over the held-out photographs"
    cat <<'TEXT'
# An addition of spark-nsvq: the publication has the variants at the bottleneck of a network (CIFAR-10), not patches, and there is
# nothing to compare with. No network, no transform, no entropy coding: a JPEG needs far fewer bits for the same PSNR.
# PVQ cuts the 64 pixels in order: parts are rows of the patch. PSNR: peak 255; SSIM: 11 x 11 Gaussian window, sigma 1.5.
# train s: CPU seconds. patches.png: original; PVQ, PVQ with OPQ, RVQ, AVQ at 4 x 8 bits (.5 bits per pixel).
#
TEXT
    benchmark codebooks.Patches "$DATA/images" "$WORK" "${TRAINED:-5}" "${ROUNDS:-8}" 2>>"$WORK/stderr.txt"
} | tee "$WORK/result.txt"
mv "$WORK/patches.svg" "$WORK/patches.png" "$RESULTS/"
mv "$WORK/result.txt" "$RESULTS/patches.txt"
