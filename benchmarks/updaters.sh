#!/usr/bin/env bash
# Codebooks trained by NSVQ's rule and by Lloyd's at equal passes over the data, sift-photos, error on base (not trained on):
#   benchmarks/updaters.sh       writes benchmarks/results/updaters.txt
# NSVQ's are the stage's defaults but for what stands in the row: its last passes are Lloyd's, a fifth of them and, where
# codewords are added up, half.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build
LEARN=$DATA/sift-photos/learn.bvecs
BASE=$DATA/sift-photos/base.bvecs

vq() { # PASSES UPDATER
    rm -rf "$WORK/model"
    "$ROOT/bin/nsvq" train --input "$LEARN" --k 256 --max-iter "$1" --updater "$2" --seed 1 --output "$WORK/model" \
        2>>"$WORK/stderr.txt" >/dev/null
    "$ROOT/bin/nsvq" evaluate --model "$WORK/model" --input "$BASE" 2>>"$WORK/stderr.txt" |
        sed "s/^{/{\"what\": \"vq, k = 256\", \"passes\": $1, \"updater\": \"$2\", /"
}

{
    head_of "updaters.sh: error on base, after so many passes with each rule"
    {
        for passes in 10 20; do
            for updater in nsvq lloyd; do
                vq "$passes" "$updater"
            done
        done
        what=()
        for each in pq/8 rq/8:jointIter=0,beam=5 rq/8:jointIter=5,beam=5 aq/8:jointIter=0,beam=8 aq/8:jointIter=5,beam=8; do
            for passes in 10 20; do
                for updater in nsvq lloyd; do
                    params=${each#*:}
                    [[ $each == *:* ]] || params=
                    what+=("${each%%:*}/0/${params:+$params,}maxIter=$passes,updater=$updater")
                done
            done
        done
        benchmark CodeSpeed 1 "$LEARN" "$BASE" "${what[@]}" 2>>"$WORK/stderr.txt"
    } | "$PYTHON" "$ROOT/benchmarks/updaters_table.py"
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/updaters.txt"
