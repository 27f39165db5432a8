#!/usr/bin/env bash
# Uses that are rare, and what comes of them, a line each:
#   benchmarks/trials.sh     writes benchmarks/results/trials.txt
# Each runs in a JVM of its own (Trials.java). Those of a full disk and of SPARK_HOME want a Linux where tmpfs can be mounted,
# and Spark's jars; they are left out elsewhere.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build
export SPARK_LOCAL_IP=127.0.0.1

trial() { # HEAP OPTIONS NAME [NUMBER]
    local heap=$1 options=$2 folder=$WORK/$3-$RANDOM code=0
    shift 2
    mkdir "$folder"
    printf '%s%s\n    ' "${options:+[$options] }" "heap $heap"
    # shellcheck disable=SC2086 # several options
    "${JAVA_HOME:+$JAVA_HOME/bin/}java" "${JAVA_OPTIONS[@]}" "-Xmx$heap" $options \
        -Dlog4j2.configurationFile="$ROOT/conf/log4j2.properties" -cp "$CLASSPATH_ALL" \
        io.github.sparknsvq.benchmarks.Trials "$1" "$folder" ${2:+"$2"} 2>"$WORK/stderr.txt" || code=$?
    ((code == 0)) || { echo "exit code $code"; grep -v '^WARNING' "$WORK/stderr.txt" | head -n 3; }
    rm -rf "$folder"
}

# a command of the line, its exit code and the last line of its stderr
command_line() { # ARGUMENTS
    local code=0
    "$ROOT/bin/nsvq" --master 'local[2]' "$@" >"$WORK/out.json" 2>"$WORK/stderr.txt" || code=$?
    printf 'nsvq %s\n    exit code %s: %s\n' "$*" "$code" "$(grep '^nsvq: ' "$WORK/stderr.txt" | tail -n 1)" | sed "s|$WORK|DIR|g; s|$DATA|DATA|g"
}

{
    head_of "trials.sh: rare uses, and what comes of them"
    trial 1g '' streams
    trial 1g '' random
    trial 1g '' partitions 2000
    trial 1g '' partitions 4
    kryo=-Dspark.serializer=org.apache.spark.serializer.KryoSerializer
    registered="$kryo -Dspark.kryo.registrationRequired=true -Dspark.kryo.registrator=io.github.sparknsvq.ml.NsvqKryoRegistrator"
    for options in '' "$kryo" "$registered" \
        -Dspark.sql.ansi.enabled=false '-Duser.language=tr -Duser.country=TR' '-Duser.language=de -Duser.country=DE'; do
        trial 1g "$options" all
    done
    trial 1g '' dimension 1536
    trial 1g '' dimension 4096
    trial 2g '' dimension 70000
    # a table ten times as large as the heap
    trial 512m '' large 1310720

    rows=$DATA/sift-photos/query.bvecs
    command_line train --input "$rows" --k 4096 --max-iter 1 --output "$WORK/many"
    mkdir "$WORK/locked" && chmod a-w "$WORK/locked"
    command_line train --input "$rows" --k 16 --max-iter 1 --output "$WORK/locked/model"
    mkdir "$WORK/full"
    if mount -t tmpfs -o size=64k tmpfs "$WORK/full" 2>/dev/null; then
        command_line train --input "$rows" --k 512 --max-iter 1 --output "$WORK/full/model"
        command_line index --input "$rows" --lists 16 --max-iter 1 --output "$WORK/full/index"
        command_line --conf spark.local.dir="$WORK/full" train --input "$rows" --k 16 --max-iter 1 --output "$WORK/no-room"
        umount "$WORK/full"
    fi
    if [[ -n ${NSVQ_SPARK_HOME:-} ]]; then
        ln -s "$NSVQ_SPARK_HOME" "$WORK/a spark"
        SPARK_HOME="$WORK/a spark" command_line train --input "$rows" --k 16 --max-iter 1 --output "$WORK/by submit"
    fi
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/trials.txt"
