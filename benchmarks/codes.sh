#!/usr/bin/env bash
# Codes of several codebooks beside faiss's of the same size, trained on the same rows: error, and recall of an exhaustive
# asymmetric search for the true nearest neighbors of the queries.
#   benchmarks/codes.sh [sift-photos|fashion-mnist|passages]...     writes benchmarks/results/codes-NAME.txt
# BYTES sets the sizes of codes (sift-photos: 8 16 4, others 8). KNOWN=1 takes what the README of
# sift-photos says of faiss from there, SKIP='OPQ4,PQ4 ...' leaves faiss indexes out, and LSQ=1 has faiss train its LSQ8x8,
# which takes it some twenty minutes.
# No times: benchmarks/code-speed.sh has those.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

nsvq() { # WHO QUANTIZER TRAIN_ARGS... -- EVALUATE_ARGS...
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

# What the README of sift-photos says that faiss 1.7.3 reaches: with KNOWN=1 it is not measured again.
known() {
    case $1 in
    PQ8) echo '{"codeBytes": 8, "mse": 27036.0, "recall@1": 0.324, "recall@10": 0.785, "recall@100": 0.980}' ;;
    OPQ8,PQ8) echo '{"codeBytes": 8, "mse": 30685.0, "recall@1": 0.303, "recall@10": 0.772, "recall@100": 0.986}' ;;
    RQ8x8) echo '{"codeBytes": 8, "mse": 25838.0, "recall@1": 0.368, "recall@10": 0.856, "recall@100": 0.997}' ;;
    LSQ8x8) echo '{"codeBytes": 8, "mse": 20374.0, "recall@1": 0.407, "recall@10": 0.876, "recall@100": 0.998}' ;;
    PQ16) echo '{"codeBytes": 16, "mse": 11939.0, "recall@1": 0.545, "recall@10": 0.965, "recall@100": 1.000}' ;;
    esac
}

faiss() { # FACTORY [METRIC]
    if [[ " ${SKIP:-} " == *" $1 "* ]]; then
        return
    fi
    if [[ ${KNOWN:-0} == 1 && $LEARN == *sift-photos* && -n $(known "$1") ]]; then
        known "$1" | "$PYTHON" "$ROOT/benchmarks/codes_row.py" "faiss $1 (README of the data)"
        return
    fi
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
    for bytes in ${BYTES:-8 16 4}; do
        table "$bytes bytes"
        nsvq "pq $bytes x 8" pq --codebooks "$bytes" --
        faiss "PQ$bytes"
        nsvq "opq $bytes x 8" opq --codebooks "$bytes" --
        faiss "OPQ$bytes,PQ$bytes"
        nsvq "rq $bytes x 8" rq --codebooks "$bytes" --
        faiss "RQ${bytes}x8"
        if ((bytes <= 8)); then
            nsvq "aq $bytes x 8" aq --codebooks "$bytes" --
        fi
        if ((bytes == 8)); then
            KNOWN=$((1 - ${LSQ:-0})) faiss LSQ8x8
        fi
    done
}

fashion() {
    LEARN=$DATA/fashion-mnist/base.bvecs BASE=$DATA/fashion-mnist/base.bvecs
    QUERY=$DATA/fashion-mnist/query.bvecs TRUTH=$DATA/fashion-mnist/groundtruth.ivecs
    for bytes in ${BYTES:-8}; do
        table "$bytes bytes, dimension 784"
        nsvq "pq $bytes x 8" pq --codebooks "$bytes" --
        faiss "PQ$bytes"
        nsvq "opq $bytes x 8" opq --codebooks "$bytes" --
        faiss "OPQ$bytes,PQ$bytes"
        nsvq "rq $bytes x 8" rq --codebooks "$bytes" --
        faiss "RQ${bytes}x8"
    done
}

passages() {
    LEARN=$DATA/passages/base.fvecs BASE=$DATA/passages/base.fvecs QUERY=$DATA/passages/query.fvecs
    for metric in ip cosine; do
        TRUTH=$DATA/passages/groundtruth_$metric.ivecs
        local train=() evaluate=(--metric ip)
        [[ $metric == cosine ]] && train=(--distance-measure cosine)
        for bytes in ${BYTES:-8}; do
            table "$metric, $bytes bytes"
            nsvq "pq $bytes x 8" pq --codebooks "$bytes" "${train[@]}" -- "${evaluate[@]}"
            faiss "PQ$bytes" "$metric"
            nsvq "opq $bytes x 8" opq --codebooks "$bytes" "${train[@]}" -- "${evaluate[@]}"
            faiss "OPQ$bytes,PQ$bytes" "$metric"
            nsvq "rq $bytes x 8" rq --codebooks "$bytes" "${train[@]}" -- "${evaluate[@]}"
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
