#!/usr/bin/env bash
# One jar on every Spark of .ci/spark-versions, from Python, with each Java of this machine from 17 on:
#   benchmarks/compatibility.sh [VERSION ...]      writes benchmarks/results/compatibility.txt
# NSVQ_JAVA_HOMES lists other Javas, separated by colons. The checks are those of compatibility.py.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
(cd "$ROOT" && ./mvnw -q -B -ntp -DskipTests -Dquick -pl spark-nsvq-cli -am package) >&2
jar=$(ls "$ROOT"/spark-nsvq-cli/target/*-fat.jar)
versions=("$@")
if ((${#versions[@]} == 0)); then
    mapfile -t versions < <(grep -v '^#' "$ROOT/.ci/spark-versions")
fi
mapfile -d : -t homes < <(printf '%s' "${NSVQ_JAVA_HOMES:-$("$ROOT/bin/java-homes" |
    awk '$1 >= 17 { print $3 }' | sort -u | paste -sd :)}")
export SPARK_LOCAL_IP=127.0.0.1 PYTHONPATH=$ROOT/python/src NSVQ_JAR=$jar

{
    head_of "compatibility.sh: one jar (compiled with Spark 4.1.0 for Java 17), the checks of compatibility.py"
    for version in "${versions[@]}"; do
        python=$("$ROOT/.ci/spark" "$version")
        for home in "${homes[@]}"; do
            java=$("$home/bin/java" -version 2>&1 | sed -n '1s/.* version "\([0-9]*\).*/\1/p')
            # their Hadoop calls Subject.getSubject when it looks for a jar
            if [[ $version == 4.[01].* ]] && ((java > 22)); then
                printf 'Spark %-6s Java %s: this Spark does not start there with a jar\n' "$version" "$java"
                continue
            fi
            mkdir "$WORK/run"
            (cd "$WORK/run" && JAVA_HOME=$home "$python" "$ROOT/benchmarks/compatibility.py" "$WORK/run" "$DATA" \
                2>"$WORK/stderr.txt") >"$WORK/line.txt" || true
            [[ -s $WORK/line.txt ]] || printf 'Spark %-6s Java %s: ended early: %s\n' "$version" "$java" \
                "$(tail -n 1 "$WORK/stderr.txt")" >"$WORK/line.txt"
            cat "$WORK/line.txt"
            rm -rf "$WORK/run"
        done
    done
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/compatibility.txt"
