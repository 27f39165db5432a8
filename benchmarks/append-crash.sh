#!/usr/bin/env bash
# Whether processes of the command line die where an OpenCL driver is installed: appends the same rows to copies of one
# index, again and again, and counts exit codes:
#   benchmarks/append-crash.sh [TIMES]      writes benchmarks/results/append-crash.txt
# Each of TIMES rounds (20) runs the four variants once: the default device, cpu, opencl, and the default without the jar of
# spark-nsvq-gpu. NSVQ_KEEP names a folder for what runs that died left (their stderr, hs_err files and core dumps).
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
times=${1:-20}
keep=${NSVQ_KEEP:-$WORK/dead}
mkdir -p "$keep"
"$ROOT/bin/nsvq" info >"$WORK/info.json" 2>"$WORK/stderr.txt"
gpu_jar=$(ls "$ROOT"/spark-nsvq-gpu/target/*-fat.jar)
# two tables with ids of their own
"$PYTHON" - "$DATA/sift-photos/base.bvecs" "$WORK" <<'PYTHON'
import json, sys

with open(sys.argv[1], "rb") as vectors:
    for name, first in ("first", 0), ("more", 5000):
        with open(f"{sys.argv[2]}/{name}.json", "w") as table:
            for i in range(first, first + 5000):
                print(json.dumps({"id": i, "features": [float(v) for v in vectors.read(132)[4:]]}), file=table)
PYTHON
rows=$WORK/more.json
nsvq() { "$ROOT/bin/nsvq" --conf spark.ui.enabled=false "$@"; }
nsvq index --input "$WORK/first.json" --format json --lists 64 --quantizer pq --codebooks 8 --max-iter 3 --device cpu --output "$WORK/index" \
    >"$WORK/index.json" 2>"$WORK/stderr.txt"

# bin/nsvq would build a missing jar again: spark-submit's arguments without --jars are those of a house without the module
without_jar() { # INDEX
    "${JAVA_HOME:+$JAVA_HOME/bin/}java" "@$ROOT/spark-nsvq-cli/target/java.options" -XX:MaxRAMPercentage=60 \
        -Dlog4j2.configurationFile="$ROOT/conf/log4j2.properties" \
        -cp "$ROOT/conf:$(<"$ROOT/spark-nsvq-cli/target/spark-classpath.txt")" org.apache.spark.deploy.SparkSubmit \
        --master 'local[*]' --conf spark.ui.enabled=false --class io.github.sparknsvq.cli.Nsvq \
        "$ROOT"/spark-nsvq-cli/target/*-fat.jar index --append "$1" --input "$rows" --format json
}

append() { # VARIANT INDEX
    case $1 in
        default) nsvq index --append "$2" --input "$rows" --format json ;;
        no-jar) without_jar "$2" ;;
        *) nsvq index --append "$2" --input "$rows" --format json --device "$1" ;;
    esac
}

ulimit -c unlimited || true
export SPARK_LOCAL_IP=127.0.0.1
declare -A codes
for ((round = 1; round <= times; round++)); do
    for variant in default cpu opencl no-jar; do
        run=$WORK/$variant-$round
        mkdir "$run"
        cp -r "$WORK/index" "$run/index"
        code=0
        (cd "$run" && append "$variant" "$run/index" >out.json 2>err.txt) || code=$?
        codes[$variant]="${codes[$variant]:-}$code "
        if ((code != 0)); then
            echo "round $round, $variant: exit code $code" >&2
            rm -rf "$run/index" && cp -r "$run" "$keep/"
        fi
        rm -rf "$run"
    done
done

{
    head_of "append-crash.sh: $times appends of 5,000 rows to an index of 5,000 by each variant; exit codes, and how often each"
    echo "# OpenCL devices: $("$PYTHON" -c 'import json,sys
print(", ".join(d["name"] + " (" + d["platform"] + ")" for d in json.load(open(sys.argv[1]))["openclDevices"]) or "none")' "$WORK/info.json")"
    for variant in default cpu opencl no-jar; do
        printf '%-8s %s\n' "$variant" "$(tr ' ' '\n' <<<"${codes[$variant]}" | grep . | sort -n | uniq -c |
            awk '{printf "%s%d x %d", sep, $2, $1; sep = ", "}')"
    done
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/append-crash.txt"
