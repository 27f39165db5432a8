#!/usr/bin/env bash
# Accuracy, bits and complexity of PVQ, OPQ, RVQ and AVQ in one table, to choose from; sift-photos, one thread:
#   benchmarks/complexity.sh        writes benchmarks/results/complexity.txt
# ROWS, QUERIES and ROUNDS (of least squares) set the budget, CODEBOOKS the numbers of codebooks of 8 bits.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build
JAVA_OPTIONS+=(-XX:ActiveProcessorCount=1)
{
    head_of "complexity.sh: what codes cost and what they give"
    cat <<'TEXT'
# WMOPS: million weighted operations to encode a vector (additions, multiplications, moves 1, branches 4: ITU-T G.191, single precision),
# as published (RVQ and PVQ counted with one stage less than there are) and with all stages. The published point of AVQ at 12 bits
# keeps 16 sums of codebooks of 8. The model computes every distance anew: spark-nsvq's AVQ works with tables of inner products.
# CPU s/M: measured CPU seconds to encode a million rows. query kop: thousand products and sums for the tables of a query;
# row adds: look-ups and additions for each row of an exhaustive search (RVQ and AVQ: with the row's norm). MSE of base, summed over
# dimensions; recall of an exhaustive asymmetric search for the true nearest neighbor. train s: CPU to train. Each as spark-nsvq
# trains it, with fewer joint rounds.
#
TEXT
    # shellcheck disable=SC2086 # a list
    benchmark codebooks.ComplexityTable "$DATA/sift-photos" "${ROWS:-50000}" "${QUERIES:-2000}" "${ROUNDS:-6}" \
        ${CODEBOOKS:-4 8} 2>>"$WORK/stderr.txt"
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/complexity.txt"
