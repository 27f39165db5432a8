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
EXECUTORS=$(sed -n 's/.*spark\.executor\.instances=\([0-9]*\).*/\1/p' <<<"$LINE")

# Starts a server at PORT, with its objects in $WORK/NAME: server NAME EXIT_CODE, the latter of the driver's pod.
server() {
    mkdir "$WORK/$1"
    python3 "$ROOT/benchmarks/kubernetes_api.py" serve "$WORK/$1" "$2" >>"$WORK/stderr.txt" 2>&1 &
    CHILDREN+=($!)
    local tenth
    for ((tenth = 0; tenth < 100; tenth++)); do
        [[ ! -f $WORK/$1/port ]] || break
        sleep 0.1
    done
    PORT=$(<"$WORK/$1/port")
}

# Runs the line; $WORK/NAME/status has what it ends with: submit NAME EXIT_CODE.
submit() {
    server "$1" "$2"
    LINE=$AS_WRITTEN
    replace "k8s://https://APISERVER:6443" "k8s://http://127.0.0.1:$PORT"
    local status=0
    timeout 60 bash -euc "$LINE" >"$WORK/$1/log" 2>&1 || status=$?
    cat "$WORK/$1/log" >>"$WORK/stderr.txt"
    echo "$status" >"$WORK/$1/status"
}

# The driver as its pod would run it, with an address and a port of this machine, until it has asked for its executors.
executors() { # NAME
    python3 "$ROOT/benchmarks/kubernetes_api.py" properties "$WORK/$1" >"$WORK/driver.properties"
    local second driver
    timeout -k 10 100 spark-submit --deploy-mode client --properties-file "$WORK/driver.properties" --driver-memory 1g \
        --conf spark.kubernetes.submitInDriver=false --conf spark.driver.host=127.0.0.1 \
        --conf spark.driver.bindAddress=127.0.0.1 --conf spark.driver.port=0 --conf spark.driver.blockManager.port=0 \
        --class io.github.sparknsvq.cli.Nsvq "$(ls "$ROOT"/spark-nsvq-cli/target/*-fat.jar)" \
        train --input "$WORK/vectors.fvecs" --k 4 --output "$WORK/codebook" >>"$WORK/stderr.txt" 2>&1 &
    driver=$!
    CHILDREN+=("$driver")
    for ((second = 0; second < 90; second++)); do
        (($(grep -c '"spark-role": "executor"' "$WORK/$1/objects.json") < EXECUTORS)) || break
        kill -0 "$driver" 2>/dev/null || break
        sleep 1
    done
    # it ends while its server still answers
    kill "$driver" 2>/dev/null || true
    wait "$driver" 2>/dev/null || true
}

python3 - "$WORK/vectors.fvecs" <<'PYTHON'
import struct, sys

with open(sys.argv[1], "wb") as out:
    for row in range(64):
        out.write(struct.pack("<i2f", 2, row % 8, row // 8))
PYTHON

submit well 0
submit failed 1
executors well

WRONG=0
# A row: what spark-submit ended with, and the phase and the exit code of the driver that it told; row NAME PHASE EXIT_CODE.
row() {
    local status phase code verdict="as it must be"
    status=$(<"$WORK/$1/status")
    phase=$(sed -n 's/^[[:space:]]*phase: //p' "$WORK/$1/log" | tail -n 1)
    code=$(sed -n 's/^[[:space:]]*exit code: //p' "$WORK/$1/log" | tail -n 1)
    # 0 either way is Spark's: docs/deploy.md says where to look instead
    [[ "$status $phase $code" == "0 $2 $3" ]] || verdict="WRONG: must be 0 $2 $3" WRONG=1
    printf '%-14s %-12s %13s  %s\n' "$status" "$phase" "$code" "$verdict"
}

{
    head_of "kubernetes.sh: what Spark $SPARK asks of Kubernetes for the line of docs/deploy.md"
    printf '%-14s %-12s %13s\n' spark-submit "pod's phase" "its exit code"
    row well Succeeded 0
    row failed Failed 1
    echo
    python3 "$ROOT/benchmarks/kubernetes_api.py" check "$WORK/well" "$AS_WRITTEN" || WRONG=1
    ((WRONG == 0))
} | tee "$WORK/result.txt"
mv "$WORK/result.txt" "$RESULTS/kubernetes.txt"
