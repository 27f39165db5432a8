#!/usr/bin/env bash
# Recall at T = 1, 2, 4 .. 512 of codes of 8 x 8 bits on sift-photos: PVQ, RVQ and AVQ, each trained by NSVQ's steps alone and
# the classical way, on one thread:
#   benchmarks/variants-recall.sh        writes benchmarks/results/variants-recall.txt
# ROWS, BASE (rows to encode), QUERIES, SEEDS, STEPS (passes of NSVQ's steps for RVQ and AVQ) and ROUNDS (of least squares) set the budget.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build
JAVA_OPTIONS+=(-XX:ActiveProcessorCount=1)
{
    head_of "variants-recall.sh: recall of an exhaustive asymmetric search, 8 codebooks of 8 bits (64 bits), sift-photos"
    cat <<'TEXT'
# Published (ICASSP 2023, Figures 5 and 6-a, SIFT1M): other data, so that only ordering and ratios can be compared. 'proposed' is NSVQ.
# T                                                       1     2     4     8    16    32    64   128   256   512
# PVQ proposed                                         .226  .327  .441  .562  .687  .797  .882  .941  .975  .990
# PVQ classic                                          .234  .329  .454  .588  .726  .839  .909  .959  .986  .995
# RVQ proposed                                         .273  .393  .521  .650  .769  .866  .932  .972  .990  .997
# RVQ classic (T = 1, 10, 100, 1000)                   .263, .662, .956, 1.0; proposed .271, .689, .960, .999
# AVQ proposed                                         .292  .417  .549  .679  .795  .886  .947  .979  .993  .998
# AVQ classic                                          .313  .443  .605  .745  .858  .941  .979  .996  .997  .998
#
# Here: the first rows of learn are trained on, the first of base are encoded, the last rows of learn are queries (the 1,000 of the data set have a
# standard error of .015, much for differences of .01); T counts the rows up to the true nearest one, equal distances by id.
# 'nsvq': gradient steps and the paper's replacement, nothing else; PVQ 20 passes, the rate falls as by default or is constant (.02
# of the data's rms); RVQ and AVQ: every chosen codeword gets the gradient of the final error, RVQ greedy, AVQ with a beam of 8,
# Adam from .2 to .003 of the data's rms, batches of 400 (the authors: 1e-3 constant, batches of 64, far more updates).
# 'lloyd': 20 passes of k-means, RVQ level by level. 'least squares': from these levels, or from
# PVQ's codebooks (0 in all other parts), rounds of joint least squares.
# AVQ is encoded with a beam of 16 and polished; RVQ greedily, as the authors do. MSE: of base, summed over dimensions. CPU s: of one
# training. 'nsvq minus this': mean difference, and its standard error over the queries (paired, mean of the seeds).
#
TEXT
    benchmark codebooks.RecallTable "$DATA/sift-photos" "${ROWS:-25000}" "${BASE:-50000}" \
        "${QUERIES:-3000}" "${SEEDS:-3}" "${STEPS:-10}" "${ROUNDS:-5}" 2>>"$WORK/stderr.txt"
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/variants-recall.txt"
