#!/usr/bin/env bash
# Codes of several codebooks beside faiss's of the same size, trained on the same rows: error, and recall of an exhaustive
# asymmetric search for the true nearest neighbours of the queries.
#   benchmarks/codes.sh [sift-photos|fashion-mnist|passages]...     writes benchmarks/results/codes-NAME.txt
# LSQ=1 has faiss train its LSQ8x8, which takes it some twenty minutes; otherwise its figures are those of the data's README.
# No times: benchmarks/code-speed.sh has those.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

ours() { # WHO QUANTIZER TRAIN_ARGS... -- EVALUATE_ARGS...
    local who=$1 quantizer=$2 train=()
    shift 2
    while [[ $1 != -- ]]; do
        train+=("$1")
        shift
    done
    shift
    rm -rf "$WORK/model"
    "$ROOT/bin/nsvq" train --input "$LEARN" --quantizer "$quantizer" "${train[@]}" --output "$WORK/model" \
        2>>"$WORK/stderr.txt" >/dev/null
    "$ROOT/bin/nsvq" evaluate --model "$WORK/model" --input "$BASE" --queries "$QUERY" --truth "$TRUTH" "$@" \
        2>>"$WORK/stderr.txt" | "$PYTHON" "$ROOT/benchmarks/codes_row.py" "nsvq $who"
}

faiss() { # FACTORY [METRIC]
    "$PYTHON" "$ROOT/benchmarks/faiss_codes.py" "$PEERS" "$LEARN" "$BASE" "$QUERY" "$TRUTH" "${2:-l2}" "$1" \
        2>>"$WORK/stderr.txt" | "$PYTHON" "$ROOT/benchmarks/codes_row.py" "faiss $1"
}

table() { # TITLE
    echo
    echo "# $1"
    printf '%-36s %6s %12s %7s %7s %8s %9s %6s %9s\n' who bytes mse R@1 R@10 R@100 perplex. bits collide
}

sift() {
    LEARN=$DATA/sift-photos/learn.bvecs BASE=$DATA/sift-photos/base.bvecs
    QUERY=$DATA/sift-photos/query.bvecs TRUTH=$DATA/sift-photos/groundtruth.ivecs
    for bytes in 8 16 4; do
        table "$bytes bytes"
        ours "pq $bytes x 8" pq --codebooks "$bytes" --
        faiss "PQ$bytes"
        ours "opq $bytes x 8" opq --codebooks "$bytes" --
        faiss "OPQ$bytes,PQ$bytes"
        ours "rq $bytes x 8" rq --codebooks "$bytes" --
        ours "rq $bytes x 8, jointIter 22 beam 16" rq --codebooks "$bytes" --joint-iter 22 --beam 16 --
        faiss "RQ${bytes}x8"
        if ((bytes < 16)); then
            ours "aq $bytes x 8" aq --codebooks "$bytes" --
        else
            ours "aq $bytes x 8, jointIter 10 beam 8" aq --codebooks "$bytes" --joint-iter 10 --beam 8 --
        fi
        if ((bytes == 8)); then
            if [[ ${LSQ:-0} == 1 ]]; then
                faiss LSQ8x8
            else
                printf '%-36s %6s %12s %7s %7s %8s\n' 'faiss LSQ8x8 (README of the data)' 8 20374.0 0.407 0.876 0.998
            fi
        fi
    done
}

fashion() {
    LEARN=$DATA/fashion-mnist/base.bvecs BASE=$DATA/fashion-mnist/base.bvecs
    QUERY=$DATA/fashion-mnist/query.bvecs TRUTH=$DATA/fashion-mnist/groundtruth.ivecs
    table "8 bytes, dimension 784"
    ours 'pq 8 x 8' pq --codebooks 8 --
    faiss PQ8
    ours 'opq 8 x 8' opq --codebooks 8 --
    faiss OPQ8,PQ8
    ours 'rq 8 x 8' rq --codebooks 8 --
    faiss RQ8x8
    table "16 bytes, dimension 784"
    ours 'pq 16 x 8' pq --codebooks 16 --
    faiss PQ16
    ours 'opq 16 x 8' opq --codebooks 16 --
    faiss OPQ16,PQ16
}

passages() {
    LEARN=$DATA/passages/base.fvecs BASE=$DATA/passages/base.fvecs QUERY=$DATA/passages/query.fvecs
    for metric in ip cosine; do
        TRUTH=$DATA/passages/groundtruth_$metric.ivecs
        local train=() evaluate=(--metric ip)
        [[ $metric == cosine ]] && train=(--distance-measure cosine)
        for bytes in 8 16; do
            table "$metric, $bytes bytes"
            ours "pq $bytes x 8" pq --codebooks "$bytes" "${train[@]}" -- "${evaluate[@]}"
            faiss "PQ$bytes" "$metric"
            ours "opq $bytes x 8" opq --codebooks "$bytes" "${train[@]}" -- "${evaluate[@]}"
            faiss "OPQ$bytes,PQ$bytes" "$metric"
            ours "rq $bytes x 8" rq --codebooks "$bytes" "${train[@]}" -- "${evaluate[@]}"
            faiss "RQ${bytes}x8" "$metric"
        done
    done
}

one() { # NAME FUNCTION TITLE
    {
        head_of "codes.sh $1: $3"
        echo "# mse summed over dimensions, mean over base; faiss $("$PYTHON" -c 'import faiss; print(faiss.__version__)')"
        "$2"
    } | tee "$WORK/result.txt"
    mv "$WORK/result.txt" "$RESULTS/codes-$1.txt"
}

for name in "${@:-sift-photos fashion-mnist passages}"; do
    for each in $name; do
        case $each in
        sift-photos) one "$each" sift "trained on learn, base encoded, 1,000 queries" ;;
        fashion-mnist) one "$each" fashion "trained on base and base encoded, 1,000 queries" ;;
        passages) one "$each" passages "trained on base and base encoded, 500 queries" ;;
        *) echo "codes.sh: there is no data set $each" >&2 && exit 2 ;;
        esac
    done
done
