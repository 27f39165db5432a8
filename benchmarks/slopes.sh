#!/usr/bin/env bash
# How the time to build an index grows with rows, lists, dimension and cores, one at a time; docs/scaling.md says what
# follows for 10^8 and 10^9 vectors:
#   benchmarks/slopes.sh     writes benchmarks/results/slopes.txt, in some 3 minutes; ROWS, LISTS and DIMENSION change the middle
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
ROWS=${ROWS:-200000}
LISTS=${LISTS:-2048}
DIMENSION=${DIMENSION:-128}
build
{
    head_of "slopes.sh: PQ16, maxIter=5, in one JVM; around $ROWS rows, $LISTS lists, dimension $DIMENSION, 2 cores"
    benchmark big.Slopes "$WORK/slopes" "$ROWS" "$LISTS" "$DIMENSION" 2>>"$WORK/stderr.txt"
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/slopes.txt"
# its tables are made of these results
"$ROOT/benchmarks/sizing.py" --write
