#!/usr/bin/env bash
# Codebooks trained by NSVQ's rule and by Lloyd's at equal passes over the data, sift-photos, error on base (not trained on):
#   benchmarks/updaters.sh       writes benchmarks/results/updaters.txt
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

row() { # WHO TRAIN_ARGS...
    local who=$1
    shift
    printf '%-44s' "$who"
    for passes in 10 20; do
        for updater in nsvq lloyd; do
            for seed in 1 2; do
                rm -rf "$WORK/model"
                "$ROOT/bin/nsvq" train --input "$DATA/sift-photos/learn.bvecs" "$@" --max-iter "$passes" \
                    --updater "$updater" --seed "$seed" --output "$WORK/model" 2>>"$WORK/stderr.txt" >/dev/null
                "$ROOT/bin/nsvq" evaluate --model "$WORK/model" --input "$DATA/sift-photos/base.bvecs" \
                    2>>"$WORK/stderr.txt" >>"$WORK/$updater.jsonl"
            done
            "$PYTHON" -c 'import json, statistics, sys
print(" %10.0f" % statistics.mean(json.loads(l)["mse"] for l in open(sys.argv[1])), end="")' "$WORK/$updater.jsonl"
            rm "$WORK/$updater.jsonl"
        done
    done
    echo
}

{
    head_of "updaters.sh: error on base, mean of two seeds, after 10 and 20 passes"
    printf '%-44s %10s %10s %10s %10s\n' quantizer 'nsvq 10' 'lloyd 10' 'nsvq 20' 'lloyd 20'
    row "vq, k 256" --quantizer vq --k 256
    row "pq 8 x 8" --quantizer pq
    row "rq 8 x 8, level by level, beam 5" --quantizer rq --joint-iter 0
    row "rq 8 x 8, then 5 joint passes, beam 5" --quantizer rq --joint-iter 5
    row "aq 8 x 8, no joint passes, beam 8" --quantizer aq --joint-iter 0 --beam 8
    row "aq 8 x 8, then 5 joint passes, beam 8" --quantizer aq --joint-iter 5 --beam 8
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/updaters.txt"
