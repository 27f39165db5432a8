#!/usr/bin/env bash
# Recall@10 against queries a second, one thread: indexes that spark-nsvq built and any JVM serves, with vectors rounded to 8 bits to rank
# by, beside faiss with re-ranking, ScaNN and hnswlib, in turns, on fashion-mnist, sift-photos and summaries:
#   benchmarks/ann.sh [FOLDER...]     writes benchmarks/results/ann.txt and ann.svg
# HELD_OUT=10000 takes so many rows of each base for queries (held_out.py) in place of its own 1,000, which do not tell two close ones apart.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
export OMP_WAIT_POLICY=passive REPEATS=${REPEATS:-3} REFINE=sq8
build
NSVQ=("${JAVA_HOME:+$JAVA_HOME/bin/}java" "${JAVA_OPTIONS[@]}" -Xmx4g -Dspark.master=local[2] -cp "$CLASSPATH_ALL" io.github.sparknsvq.cli.Nsvq)

file() { # FOLDER NAME
    ls "$FILES/$2".*vecs
}

# vectors to rank by are rounded to 8 bits unless REFINE=flat is before a call
spark() { # FOLDER LISTS CODEBOOKS [--spill]
    local name=$WORK/nsvq-$2-$3
    [[ -e $name ]] || "${NSVQ[@]}" index --input "$(file "$1" base)" --output "$name" --lists "$2" --quantizer pq --codebooks "$3" \
        --bits 4 --updater lloyd --max-iter 8 >>"$WORK/stderr.txt" 2>&1
    [[ -e $name$4-$REFINE.faiss ]] || "${NSVQ[@]}" export --index "$name" --vectors "$(file "$1" base)" --refine "$REFINE" --fast-scan $4 \
        --output "$name$4-$REFINE.faiss" >>"$WORK/stderr.txt" 2>&1
}

measured() { # FOLDER LISTS CODEBOOKS --spill|'' PROBESxRERANK[:SLACK]...
    spark "${@:1:4}"
    benchmark serving.AnnSpeed "spark-nsvq IVF$2,PQ$3x4,${REFINE^^}${4:+, two lists}" "$WORK/nsvq-$2-$3$4-$REFINE.faiss" "$(file "$1" base)" \
        "$(file "$1" query)" "$(file "$1" groundtruth)" "$REPEATS" "${@:5}" 2>>"$WORK/stderr.txt"
}

nsvq() { # FOLDER LISTS CODEBOOKS PROBESxRERANK[:SLACK]...
    measured "${@:1:3}" "" "${@:4}"
}

spilled() { # FOLDER LISTS CODEBOOKS PROBESxRERANK[:SLACK]...
    measured "${@:1:3}" --spill "${@:4}"
}

peers() { # FOLDER STEP [NAME]
    "$PYTHON" "$ROOT/benchmarks/ann_peers.py" "$PEERS" "$FILES" "$2" "$WORK" "${@:3}" 2>>"$WORK/stderr.txt"
}

measure() { # FOLDER
    rm -rf "$WORK"/nsvq-* "$WORK"/peer-*
    FILES=$DATA/$1
    if [[ -n ${HELD_OUT:-} ]]; then
        held_out "$1"
        FILES=$HELD
    fi
    echo "{\"data\": \"$1\"}"
    peers "$1" build >&2
    case $1 in
        fashion-mnist)
            nsvq "$1" 256 196 4x30 6x30 6x40 8x30 8x50 10x60 12x60 16x80
            peers "$1" search scann
            peers "$1" search hnsw
            nsvq "$1" 256 112 6x50 8x50 8x100 12x100 16x100
            ;;
        summaries)
            nsvq "$1" 256 192 48x20 64x20 64x30 96x30 128x40 192x60 256x80
            spilled "$1" 256 192 16x20 20x20 24x20 24x25 32x25 32x30 48x30 64x30:0.35 96x40:0.4 128x40 192x60
            REFINE=flat spilled "$1" 256 192 16x20 20x20 24x20 32x30 64x30:0.35 64x40:0.4 96x40:0.4 96x40:0.45 128x50:0.5
            peers "$1" search scann
            peers "$1" search hnsw
            nsvq "$1" 128 128 48x60 64x60 96x80 128x100
            ;;
        *)
            nsvq "$1" 256 64 6x20 8x20 8x30 12x30 16x40 24x40 32x60 48x80 64x100
            peers "$1" search scann
            peers "$1" search hnsw
            nsvq "$1" 256 32 8x40 12x60 16x80 24x100 32x120 64x150
            ;;
    esac
    peers "$1" search flat
    peers "$1" search sq8
}

{
    head_of "ann.sh: ten neighbors of each query, one thread, fastest of $REPEATS runs; indexes built on two threads"
    for folder in "${@:-fashion-mnist sift-photos summaries}"; do
        for each in $folder; do
            measure "$each"
        done
    done >"$WORK/lines.txt"
    "$PYTHON" "$ROOT/benchmarks/ann_table.py" "$WORK/lines.txt" "$WORK/plot.svg"
} | tee "$WORK/result.txt"
mv "$WORK/plot.svg" "$RESULTS/ann.svg"
mv "$WORK/result.txt" "$RESULTS/ann.txt"
