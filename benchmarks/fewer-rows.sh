#!/usr/bin/env bash
# Fewer rows to scan, or fewer bytes, for the same recall: early stop over lists, spilling to a second list (SOAR), anisotropic codes,
# RaBitQ. Each beside what spark-nsvq does without it:
#   benchmarks/fewer-rows.sh     writes benchmarks/results/fewer-rows.txt
# QUERIES (300): queries of the parts on codes. ROUNDS (3): rounds of anisotropic training. REPEATS (7): runs of the timed part.
# PARTS (speed lists codes rabitq plain): what is run. About 6 minutes on one idle core.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build
PARTS=${PARTS:-speed lists codes rabitq plain}
rows() { "$PYTHON" "$ROOT/benchmarks/fewer_rows.py" "$PEERS" "$@" 2>>"$WORK/stderr.txt"; }
has() { [[ " $PARTS " == *" $1 "* ]]; }

speed() { # FOLDER SUFFIX SPEC RERANK POINTS...
    rows index "$DATA/$1" "$3" "$WORK/index.faiss"
    echo "## $1, $3, $4 candidates ranked again"
    benchmark fewer.SlackSpeed "$WORK/index.faiss" "$DATA/$1/query.$2" "$DATA/$1/groundtruth.ivecs" "$4" "${REPEATS:-7}" "${@:5}" \
        2>>"$WORK/stderr.txt"
    echo
}

{
    head_of "fewer-rows.sh: what scans fewer rows, or fewer bytes, for the same recall@10 of ten"
    cat <<'TEXT'
# Kept: slack (A, B): a list is left out if its centroid is farther than the nearest by more than slack times the spread of the centroids.
# Fewer rows at recall .95 and .99 on all data but inner products of vectors of uneven lengths. In time 3 % slower to 9 % faster (A), since
# candidates are ranked again and centroids compared as before; without slack by default. Not kept, with the figures below:
# - SPANN's ratio of distances: loses to slack, and to fixed probes on images. Exact stop by list radius: scans nearly everything.
# - patience: as good as slack, and better for inner products, but it ends a query's search by what it has found so far, which a batch that
#   is scanned list by list does not know.
# - SOAR: wins on text embeddings, more than any other, for twice the codes; loses or draws on images. Kept for files that serve
#   (export --spill), which ann.sh measures; not for batch search by Spark.
# - anisotropic codes: with a little weight (eta 2) a gain for residuals of images, none for those of text; for whole vectors of unit length
#   a small gain; for inner products of passages a gain over pq that is small beside that of rq at the same bytes.
# - RaBitQ: at 784-D the recall of 4-bit PQ of twice its bytes, at 384-D about that of PQ of its bytes; but in faiss its search takes 2 to 5
#   times as long as that of 4-bit PQ with more candidates ranked again, and it is not built sooner (D). What it gains comes from the rotation
#   and the factor of each vector: 4-bit PQ with both has the same recall (C). That factor is not built so far: it needs 8 bytes a vector, or
#   the vectors to compute it from, and a multiplication for each row in the scan.
TEXT
    echo
    if has speed; then
        echo "# A. spark-nsvq's own search of faiss's files, single queries, one thread: PROBES[:SLACK], rows scanned, recall, queries/s"
        speed summaries fvecs IVF256,PQ96x4fs,RFlat 80 32 48 64 96 128 128:0.3 128:0.35 128:0.4 128:0.45 128:0.5
        speed fashion-mnist bvecs IVF256,PQ112x4fs,RFlat 80 4 6 8 10 12 16 16:0.1 16:0.15 16:0.18 16:0.2 16:0.25
        speed sift-photos bvecs IVF256,PQ32x4fs,RFlat 120 8 12 16 24 32 48 48:0.2 48:0.25 48:0.3 48:0.35 48:0.4
    fi
    if has lists; then
        cat <<'TEXT'
# B. Which lists: mean rows scanned until .80, .90, .95, .99 of the ten true neighbors lie in the lists scanned, and the ratio to a fixed
# number of probes. What is scanned is counted, no codes are involved. A spill doubles the codes: its rows are counted twice where met twice.
TEXT
        for set in "fashion-mnist l2 256" "summaries l2 256" "summaries l2 1024" "sift-photos l2 256" "passages cosine 256" "passages ip 256"; do
            read -r folder metric lists <<<"$set"
            echo "## $folder, $metric, $lists lists"
            rows lists "$DATA/$folder" "$metric" "$lists"
            echo
        done
    fi
    if has codes; then
        cat <<'TEXT'
# C. 4-bit codes of residuals in 256 lists, by l2: recall@10 of ten from the codes alone, of 20, 40, 80 candidates ranked again by vectors;
# CPU seconds to choose the codes anew. factor: each code stands for its vector times |r|^2 / <c, r>, as RaBitQ's does, kept beside |r|^2.
TEXT
        for set in "summaries 32 - 96" "fashion-mnist 8 - 112 196" "fashion-mnist 8 rotated 196" "sift-photos 16 - 32"; do
            read -r folder probes turned parts <<<"$set"
            echo "## $folder, $probes probes$([[ $turned == - ]] || echo ', rotated at random')"
            # shellcheck disable=SC2086
            rows codes "$DATA/$folder" "$probes" "$turned" $parts
            echo
        done
    fi
    if has rabitq; then
        cat <<'TEXT'
# D. faiss's RaBitQ beside its 4-bit PQ: bytes of a code, CPU seconds to train and add, probes, recall@10 of ten from the codes alone, of 20,
# 40, 80 candidates ranked again by vectors, queries a second of CPU time for k = 10 in batches of 1,000
TEXT
        echo "## summaries"
        rows rabitq "$DATA/summaries" 8,32 IVF256,PQ96x4fs IVF256,PQ128x4fs RR384,IVF256,RaBitQfs IVF256,PQ192x4fs RR384,IVF256,RaBitQ2 \
            IVF256,SQ4 RR384,IVF256,RaBitQ4
        echo
        echo "## fashion-mnist"
        rows rabitq "$DATA/fashion-mnist" 4,8 IVF256,PQ112x4fs IVF256,PQ196x4fs RR784,IVF256,RaBitQfs IVF256,PQ392x4fs \
            RR784,IVF256,RaBitQ2 IVF256,SQ4 RR784,IVF256,RaBitQ4
        echo
    fi
    if has plain; then
        echo "# E. Whole vectors, searched exhaustively by inner product: the true nearest among the first 1, 10, 100, and recall@10 of ten"
        for set in "passages ip 8 8" "passages cosine 8 8" "summaries cosine 96 4"; do
            read -r folder metric parts bits <<<"$set"
            echo "## $folder, $metric"
            rows plain "$DATA/$folder" "$metric" "$parts" "$bits"
            echo
        done
    fi
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/fewer-rows.txt"
