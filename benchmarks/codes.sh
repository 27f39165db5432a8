#!/usr/bin/env bash
# Codes of several codebooks beside faiss's of the same size, trained on the same rows: error, and recall of an exhaustive
# asymmetric search for the true nearest neighbors of the queries.
#   benchmarks/codes.sh [sift-photos|fashion-mnist|passages]...     writes benchmarks/results/codes-NAME.txt
# Queries are 10,000 rows held out of the base, without ties (held_out.py); HELD_OUT sets another number.
# BYTES sets the sizes of codes (sift-photos: 8 16 4, others 8), SKIP='OPQ4,PQ4 ...' leaves faiss indexes out, and LSQ=1 has faiss
# train its LSQ8x8, which takes it some twenty minutes.
# ONLY='opq rq' measures these quantizers of ours alone and writes nothing. No times: benchmarks/code-speed.sh has those.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

nsvq() { # WHO QUANTIZER TRAIN_ARGS... -- EVALUATE_ARGS...
    local who=$1 quantizer=$2 train=()
    if [[ -n ${ONLY:-} && " $ONLY " != *" $quantizer "* ]]; then
        return
    fi
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
    if [[ -n ${ONLY:-} || " ${SKIP:-} " == *" $1 "* ]]; then
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

# What is trained on, coded and asked for: from NAME [METRIC]
from() {
    held_out "$@"
    BASE=$HELD/base.fvecs LEARN=$HELD/base.fvecs QUERY=$HELD/query.fvecs TRUTH=$HELD/groundtruth.ivecs
}

sift() {
    from sift-photos
    LEARN=$DATA/sift-photos/learn.bvecs
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
        if ((bytes == 8 && ${LSQ:-0})); then
            faiss LSQ8x8
        fi
    done
}

fashion() {
    from fashion-mnist
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
    for metric in ip cosine; do
        from passages "$metric"
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
    [[ -n ${ONLY:-} ]] || mv "$WORK/result.txt" "$RESULTS/codes-$1.txt"
}

for name in "${@:-sift-photos fashion-mnist passages}"; do
    for each in $name; do
        case $each in
        sift-photos) one "$each" sift "trained on learn, base encoded, ${HELD_OUT:-10000} queries held out of base" ;;
        fashion-mnist) one "$each" fashion "trained on base and base encoded, ${HELD_OUT:-10000} queries held out of base" ;;
        passages) one "$each" passages "trained on base and base encoded, ${HELD_OUT:-10000} queries held out of base" ;;
        *) echo "codes.sh: there is no data set $each" >&2 && exit 2 ;;
        esac
    done
done
