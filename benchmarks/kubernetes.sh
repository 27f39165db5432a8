#!/usr/bin/env bash
# The Kubernetes line of docs/deploy.md against a stand-in for the API server (kubernetes_api.py): which pods Spark asks for,
# and what spark-submit ends with when the driver's pod ends well and when it fails:
#   benchmarks/kubernetes.sh     writes benchmarks/results/kubernetes.txt; a minute
# The line is run as it is, but for the server's address. No pod runs: the driver that asks for executors is started here, with
# the settings that Spark gave the driver's pod. SPARK_HOME is the Spark to run it with, by default SPARK_VERSION (4.1.4) as
# .ci/spark installs it.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build
spark_distribution
CHILDREN=()
trap 'code=$?; kill "${CHILDREN[@]}" 2>/dev/null || true
    ((code == 0)) || tail -n 40 "$WORK/stderr.txt" >&2; rm -rf "$WORK"' EXIT
deploy_line Kubernetes
AS_WRITTEN=$LINE

# Starts a server at PORT, with its objects in $WORK/NAME: server NAME EXIT_CODE, the latter of the driver's pod.
server() {
    mkdir "$WORK/$1"
    python3 "$ROOT/benchmarks/kubernetes_api.py" serve "$WORK/$1" "$2" 2>>"$WORK/stderr.txt" &
    CHILDREN+=($!)
    local tenth
    for ((tenth = 0; tenth < 100; tenth++)); do
        [[ ! -f $WORK/$1/port ]] || break
        sleep 0.1
    done
    PORT=$(<"$WORK/$1/port")
}

# Runs the line; STATUS is what it ends with: submit NAME EXIT_CODE.
submit() {
    server "$1" "$2"
    LINE=$AS_WRITTEN
    replace "k8s://https://APISERVER:6443" "k8s://http://127.0.0.1:$PORT"
    STATUS=0
    timeout 60 bash -euc "$LINE" >>"$WORK/stderr.txt" 2>&1 || STATUS=$?
}

# The driver as its pod would run it, with an address and a port of this machine, until it has asked for its executors.
executors() { # NAME
    python3 "$ROOT/benchmarks/kubernetes_api.py" properties "$WORK/$1" >"$WORK/driver.properties"
    local second
    timeout 100 spark-submit --deploy-mode client --properties-file "$WORK/driver.properties" --driver-memory 1g \
        --conf spark.kubernetes.submitInDriver=false --conf spark.driver.host=127.0.0.1 \
        --conf spark.driver.bindAddress=127.0.0.1 --conf spark.driver.port=0 --conf spark.driver.blockManager.port=0 \
        --class io.github.sparknsvq.cli.Nsvq "$(ls "$ROOT"/spark-nsvq-cli/target/*-fat.jar)" \
        train --input "$WORK/vectors.fvecs" --k 4 --output "$WORK/codebook" >>"$WORK/stderr.txt" 2>&1 &
    CHILDREN+=($!)
    for ((second = 0; second < 90; second++)); do
        (($(grep -c '"spark-role": "executor"' "$WORK/$1/objects.json") < 4)) && kill -0 "${CHILDREN[-1]}" 2>/dev/null || break
        sleep 1
    done
    kill "${CHILDREN[-1]}" 2>/dev/null || true
}

python3 - "$WORK/vectors.fvecs" <<'PYTHON'
import struct, sys

with open(sys.argv[1], "wb") as out:
    for row in range(64):
        out.write(struct.pack("<i2f", 2, row % 8, row // 8))
PYTHON

WRONG=0
ended() { # WHAT STATUS: a row
    local verdict="as it must be"
    [[ $STATUS == "$2" ]] || verdict="WRONG: must be $2" WRONG=1
    printf '%s: spark-submit ends with %s  (%s)\n' "$1" "$STATUS" "$verdict"
}

{
    head_of "kubernetes.sh: what Spark $SPARK asks of Kubernetes for the line of docs/deploy.md"
    submit well 0
    ended "a driver that ends with 0" 0
    submit failed 1
    ended "a driver that ends with 1" 1
    executors well
    echo
    python3 "$ROOT/benchmarks/kubernetes_api.py" check "$WORK/well" "$AS_WRITTEN"
    ((WRONG == 0))
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/kubernetes.txt"
