#!/usr/bin/env bash
# The YARN line of docs/deploy.md with less memory, on a resource manager and two node managers of Hadoop's in one JVM
# (MiniYARNCluster) with local files: what spark-submit ends with, and what YARN says of the application:
#   benchmarks/yarn.sh     writes benchmarks/results/yarn.txt; some minutes on two cores
# ONLY, part of a row's name, runs some of them and prints their rows.
# SPARK_HOME is the Spark to run it with, by default SPARK_VERSION (4.1.4) as .ci/spark installs it.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build
spark_distribution
HADOOP=$(version_of hadoop-client-api)
YARN=$WORK/yarn
mkdir -p "$WORK/minicluster" "$YARN" "$WORK/spark-conf"

# What the minicluster's own pom leaves out: Bouncy Castle, JAXB, and the Log4j that it calls beside SLF4J.
dependencies=
for each in org.apache.hadoop:hadoop-client-minicluster:"$HADOOP" org.bouncycastle:bcpkix-jdk18on:1.82 \
    javax.xml.bind:jaxb-api:2.3.1 org.slf4j:slf4j-reload4j:1.7.36; do
    IFS=: read -r group name version <<<"$each"
    dependencies+="<dependency><groupId>$group</groupId><artifactId>$name</artifactId><version>$version</version></dependency>"
done
cat >"$WORK/minicluster/pom.xml" <<POM
<project><modelVersion>4.0.0</modelVersion>
<groupId>io.github.sparknsvq.benchmarks</groupId><artifactId>minicluster</artifactId><version>1</version>
<dependencies>$dependencies</dependencies></project>
POM
plugin=$(cd "$ROOT" && python3 release/dependencies.py plugin maven-dependency-plugin)
(cd "$ROOT" && ./mvnw -q -B -ntp -f "$WORK/minicluster/pom.xml" \
    "org.apache.maven.plugins:maven-dependency-plugin:$plugin:copy-dependencies" \
    -DincludeScope=runtime -DoutputDirectory="$WORK/minicluster") >&2

mini_yarn() { # COMMAND
    cd "$YARN"
    exec "$JAVA_HOME/bin/java" -Xmx512m --add-opens=java.base/java.lang=ALL-UNNAMED -cp "$WORK/minicluster/*" \
        "$ROOT/benchmarks/yarn/MiniYarn.java" "$1" "$YARN/conf"
}

mini_yarn start >"$WORK/yarn.txt" 2>&1 &
CHILD=$!
trap 'code=$?; kill "$CHILD" 2>/dev/null || true; wait "$CHILD" || true
    ((code == 0)) || tail -n 40 "$WORK/stderr.txt" >&2; rm -rf "$WORK"' EXIT
for ((second = 0; second < 90; second++)); do
    [[ -f $YARN/conf/yarn-site.xml ]] || ! kill -0 "$CHILD" 2>/dev/null || { sleep 1; continue; }
    break
done
[[ -f $YARN/conf/yarn-site.xml ]] || { cp "$WORK/yarn.txt" "$WORK/stderr.txt"; exit 1; }

# Spark's jars are on the machines of this cluster: it has one. Its JVMs live for seconds, too short for the C2 compiler.
export SPARK_CONF_DIR=$WORK/spark-conf
cat >"$SPARK_CONF_DIR/spark-defaults.conf" <<CONF
spark.yarn.jars local:$SPARK_HOME/jars/*
spark.yarn.stagingDir file://$WORK/staging
spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m
spark.executor.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m
CONF
python3 - "$WORK/vectors.fvecs" <<'PYTHON'
import random, struct, sys

draw = random.Random(1)
with open(sys.argv[1], "wb") as out:
    for row in range(400):
        out.write(struct.pack("<i4f", 4, *(draw.gauss(row % 8, 1) for _ in range(4))))
PYTHON
NSVQ=$(ls "$ROOT"/spark-nsvq-cli/target/*-fat.jar)
NSVQ_GPU=$(ls "$ROOT"/spark-nsvq-gpu/target/*-fat.jar)
export NSVQ

# Runs the line, and keeps what it ends with: submit NAME MODE EXECUTORS K OUTPUT.
submit() {
    [[ $1 == *"${ONLY:-}"* ]] || return 0
    deploy_line YARN
    replace "HADOOP_CONF_DIR=/etc/hadoop/conf" "HADOOP_CONF_DIR=$YARN/conf"
    replace "--name nsvq-train" "--name $1 --jars $NSVQ_GPU"
    replace "--deploy-mode cluster" "--deploy-mode $2"
    replace "--driver-memory 8g" "--driver-memory 600m"
    replace "--num-executors 4" "--num-executors $3"
    replace "--executor-cores 8" "--executor-cores 1"
    replace "--executor-memory 24g" "--executor-memory 600m"
    replace "memoryOverhead=4g" "memoryOverhead=300m"
    replace "hdfs:///vectors.parquet" "$WORK/vectors.fvecs"
    replace "--k 4096" "--k $4"
    replace "hdfs:///codebook" "$5"
    local status=0
    timeout 150 bash -euc "$LINE" >"$WORK/$1.stdout" 2>"$WORK/$1.stderr" || status=$?
    cat "$WORK/$1.stderr" >>"$WORK/stderr.txt"
    echo "$1 $status" >>"$WORK/statuses.txt"
}

mkdir "$WORK/taken"
submit client-trains client 2 8 "$WORK/codebook-client"
submit cluster-trains cluster 2 8 "$WORK/codebook-cluster"
submit cluster-output-exists cluster 1 8 "$WORK/taken"
submit cluster-wrong-usage cluster 1 many "$WORK/codebook-none"
submit client-output-exists client 1 8 "$WORK/taken"
(mini_yarn applications) >"$WORK/applications.txt" 2>>"$WORK/stderr.txt"

WRONG=0
# A row of the table: row NAME STATUS FINAL SAYS, the first two of which are the exit status and the final status that it
# must have. SAYS is a pattern of a line that its driver must write, a result to stdout or a reason to stderr. In cluster
# mode both are in the logs of the container.
row() {
    [[ $1 == *"${ONLY:-}"* ]] || return 0
    local status id final attempts verdict="as it must be"
    status=$(awk -v name="$1" '$1 == name { print $2 }' "$WORK/statuses.txt")
    IFS=$'\t' read -r _ id final attempts < <(grep "^$1"$'\t' "$WORK/applications.txt") || true
    if [[ $1 == cluster-* && -n $id ]]; then
        find "$YARN/target" -path "*/$id/*_000001/stdout" -exec cat {} + >"$WORK/$1.stdout"
        find "$YARN/target" -path "*/$id/*_000001/stderr" -exec cat {} + >"$WORK/$1.stderr"
    fi
    if [[ $status != "$2" || $final != "$3" ]]; then
        verdict="WRONG: must be $2 and $3"
    elif [[ $2 == 0 ]] && ! grep "$4" "$WORK/$1.stdout" >/dev/null; then
        verdict="WRONG: no result on stdout"
    elif [[ $2 != 0 && -s $WORK/$1.stdout ]]; then
        verdict="WRONG: must have nothing on stdout"
    elif [[ $2 != 0 ]] && ! grep "$4" "$WORK/$1.stderr" >/dev/null; then
        verdict="WRONG: failed for another reason"
    fi
    [[ $verdict == as* ]] || WRONG=1
    printf '%-24s %11s  %-10s %8s  %s\n' "$1" "$status" "${final:-none}" "${attempts:-0}" "$verdict"
}

{
    [[ -n ${ONLY:-} ]] || head_of "yarn.sh: spark-submit on YARN (Spark $SPARK, Hadoop $HADOOP, one resource manager, two node managers)"
    printf '%-24s %11s  %-10s %8s\n' "" "exit status" YARN attempts
    row client-trains 0 SUCCEEDED '^{"rows":400,.*"codewords":8,'
    row cluster-trains 0 SUCCEEDED '^{"rows":400,.*"codewords":8,'
    row cluster-output-exists 1 FAILED '^nsvq: .*exists already'
    row cluster-wrong-usage 1 FAILED '^nsvq: .*--k.*many'
    # in client mode the session is closed in order before the driver ends, and that is what YARN sees
    row client-output-exists 1 SUCCEEDED '^nsvq: .*exists already'
    echo
    echo "# what the drivers say:"
    grep -HE '^(\{"|nsvq: .*(exists already|--k))' "$WORK"/cl*.std* | sed "s|$WORK/||g" | sort -u || true
    ((WRONG == 0))
} | tee "$WORK/result.txt"
[[ -n ${ONLY:-} ]] || mv "$WORK/result.txt" "$RESULTS/yarn.txt"
