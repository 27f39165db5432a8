#!/usr/bin/env bash
# A space-filling line of 256 corners, and a codebook of 256 codewords cut from it, from a million synthetic vectors of dimension
# 128, on a standalone cluster of two workers with one core and an executor of 2 GB each; before that, on fewer vectors, that the
# bytes of line and codebook do not depend on how these are partitioned:
#   benchmarks/curve-cluster.sh     writes benchmarks/results/curve-cluster.txt
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
ROWS=${ROWS:-1000000}
FEWER=${FEWER:-50000}
build
start_cluster

# Notes how much memory the executors' processes have had at most, while they live.
watch_executors() {
    local most=0 pid now
    while sleep 1; do
        for pid in $(pgrep -d ' ' -P "$(IFS=,; echo "${WORKERS[*]}")"); do
            now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status" 2>/dev/null || true)
            if ((${now:-0} > most)); then most=$now; echo "$most" >"$WORK/peak.txt"; fi
        done
    done
}

train() { # PARTITIONS ARGS...: on the cluster, with at least so many partitions
    local partitions=$1
    shift
    "$JAVA" "${JAVA_OPTIONS[@]}" -Xmx2g -cp "$SPARK_HOME/jars/*" org.apache.spark.deploy.SparkSubmit --master "$MASTER" \
        --driver-memory 2g --executor-memory 2g --conf spark.ui.enabled=false --conf spark.log.level=WARN \
        --conf spark.sql.leafNodeDefaultParallelism="$partitions" --class io.github.sparknsvq.cli.Nsvq \
        "$(ls "$ROOT"/spark-nsvq-cli/target/*-fat.jar)" train --quantizer sfvq "$@" 2>>"$WORK/stderr.txt"
}

# A hash of codewords or corners as they were saved, without the footer of Parquet, which lists encodings in any order.
bytes() {
    "$PYTHON" - "$1"/data/part-*.parquet <<'PY'
import hashlib, sys
hash = hashlib.sha256()
for path in sys.argv[1:]:
    whole = open(path, "rb").read()
    hash.update(whole[: -8 - int.from_bytes(whole[-8:-4], "little")])
print(hash.hexdigest()[:16])
PY
}

"$PYTHON" "$ROOT/benchmarks/synthetic.py" "$ROWS" "$WORK/all.bvecs"
"$PYTHON" "$ROOT/benchmarks/synthetic.py" "$FEWER" "$WORK/fewer.bvecs"

{
    head_of "curve-cluster.sh: $ROWS x 128 (synthetic.py), two workers with one core and an executor of 2 GB each"
    echo "# the same bytes, whatever the partitions: $FEWER rows, 64 corners, 4 passes for each number of corners"
    for partitions in 2 7; do
        train $partitions --input "$WORK/fewer.bvecs" --bits 6 --max-iter 4 --output "$WORK/line$partitions" >/dev/null
        train $partitions --input "$WORK/fewer.bvecs" --bits 6 --max-iter 4 --resample 64 --resample-of samples \
            --output "$WORK/even$partitions" >/dev/null
        echo "$partitions partitions: line $(bytes "$WORK/line$partitions"), codebook $(bytes "$WORK/even$partitions")"
    done
    [[ $(bytes "$WORK/line2") == $(bytes "$WORK/line7") && $(bytes "$WORK/even2") == $(bytes "$WORK/even7") ]] ||
        { echo "# they differ"; exit 1; }
    echo
    echo "# train --quantizer sfvq --bits 8 --resample 256"
    watch_executors >/dev/null &
    CHILDREN+=($!)
    SECONDS=0
    train 2 --input "$WORK/all.bvecs" --bits 8 --resample 256 --output "$WORK/even" | sed "s|$WORK|DIR|"
    echo "# $SECONDS s from the start of the driver to its end; an executor's process had $(($(cat "$WORK/peak.txt") / 1024)) MiB at most"
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/curve-cluster.txt"
