#!/usr/bin/env bash
# docker/check.sh: builds the images, starts compose.yaml's services, waits until all are healthy, trains on both workers,
# runs the quickstart and a notebook, asks the history server, and stops everything. Says for each step whether it was
# done, and whether the base is the official image; ends with status 1 when a step was not done.
#
# Where no engine answers, it starts one in a temporary folder (root, dockerd; the host's iptables are left alone); where
# the official images cannot be pulled, it makes base images from Debian by debootstrap and from PyPI (root, debootstrap).
# PREBUILT=1 takes the jars in the target folders. NSVQ_CHECK_KEEP=FOLDER keeps the engine's data, for the next run.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

SPARK_IMAGE=${SPARK_IMAGE:-spark:4.1.4-scala2.13-java17-python3-ubuntu}
JDK_IMAGE=${JDK_IMAGE:-eclipse-temurin:17-jdk-jammy}
DEBIAN=http://deb.debian.org/debian
WORK=$(mktemp -d)
KEEP=${NSVQ_CHECK_KEEP:-$WORK}
FAILED=0
ENGINE=
export NSVQ_NOTEBOOK_TOKEN=check NSVQ_WORKER_CORES=1 NSVQ_WORKER_MEMORY=2g

say() { printf '%s %s\n' "$(date -u +%H:%M:%S)" "$*"; }
done_with() { say "done: $*"; }
failed() { say "NOT DONE: $*"; FAILED=1; }

compose() {
    if docker compose version >/dev/null 2>&1; then
        docker compose -f docker/compose.yaml "$@"
    else
        docker-compose -f docker/compose.yaml "$@"
    fi
}

stop() {
    [[ -z ${COMPOSED:-} ]] || compose down -v >>"$WORK/log" 2>&1
    if [[ -n $ENGINE ]]; then
        kill "$ENGINE"
        wait "$ENGINE" 2>/dev/null
        umount "$KEEP/engine/exec/netns/default" 2>/dev/null # it leaves that behind
    fi
    rm -rf "$WORK"
}
trap stop EXIT

# Runs a step; what it prints is shown when it fails.
step() { # NAME COMMAND ...
    local name=$1
    shift
    if "$@" >"$WORK/step" 2>&1; then
        done_with "$name"
    else
        failed "$name"
        shown 25
        return 1
    fi
}

# The last lines of what the last step printed, bars of progress apart.
shown() { # LINES
    tr '\r' '\n' <"$WORK/step" | grep -v '^ *$' | tail -n "$1" | sed 's/^ */    /'
}

start_engine() {
    mkdir -p "$KEEP/engine"
    export DOCKER_HOST=unix://$KEEP/engine/socket
    dockerd --storage-driver="${NSVQ_STORAGE_DRIVER:-overlay2}" --bridge=none --iptables=false --ip-forward=false \
        --data-root="$KEEP/engine/data" --exec-root="$KEEP/engine/exec" --pidfile="$KEEP/engine/pid" \
        -H "$DOCKER_HOST" >"$WORK/dockerd" 2>&1 &
    ENGINE=$!
    for _ in {1..30}; do
        docker info >/dev/null 2>&1 && return
        kill -0 "$ENGINE" 2>/dev/null || break
        sleep 1
    done
    tail "$WORK/dockerd"
    return 1
}

debian() {
    docker image inspect nsvq-debian:bookworm >/dev/null 2>&1 && return
    debootstrap --variant=minbase --include=ca-certificates bookworm "$WORK/root" "$DEBIAN" || return
    # authorities that this machine trusts beside Debian's
    cp /usr/local/share/ca-certificates/*.crt "$WORK/root/usr/local/share/ca-certificates/" 2>/dev/null
    chroot "$WORK/root" update-ca-certificates
    printf 'deb %s bookworm main\ndeb %s bookworm-updates main\ndeb %s-security bookworm-security main\n' \
        "$DEBIAN" "$DEBIAN" "$DEBIAN" >"$WORK/root/etc/apt/sources.list"
    tar -C "$WORK/root" -c . | docker import --change 'ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt' \
        - nsvq-debian:bookworm
    rm -rf "$WORK/root"
}

build() { # FILE TARGET TAG ARGS ...
    local file=$1 target=$2 tag=$3
    shift 3
    docker buildx version >/dev/null 2>&1 || export DOCKER_BUILDKIT=0
    # Without a bridge there is the host's network for what is downloaded.
    docker build --network host -f "docker/$file" --target "$target" -t "$tag" "$@" .
}

healthy() { # SECONDS
    local names=(master worker1 worker2 history notebook) name end=$((SECONDS + $1)) all
    while ((SECONDS < end)); do
        all=1
        for name in "${names[@]}"; do
            [[ $(docker inspect -f '{{.State.Health.Status}}' "$(compose ps -q $name)" 2>&1) == healthy ]] || all=0
        done
        ((all == 0)) || { compose ps; return; }
        sleep 3
    done
    compose ps
    compose logs --tail 20
    return 1
}

inside() { compose exec -T notebook "$@"; }

unprivileged() {
    local name
    for name in master worker1 history notebook; do
        [[ $(compose exec -T $name id -u) == 185 ]] || { echo "$name runs as $(compose exec -T $name id)"; return 1; }
    done
}

# Trains on vectors in the common folder; the driver is in the notebook's container, the tasks on both workers.
train() {
    inside python -c '
import numpy as np
rows = np.random.default_rng(1).normal(size=(20000, 32)).astype("<f4")
np.save("/opt/nsvq/data/rows.npy", rows)' || return
    inside env MASTER=spark://master:7077 spark-submit --conf spark.executor.memory=1g --conf spark.executor.cores=1 \
        --class io.github.sparknsvq.cli.Nsvq local:///opt/nsvq/spark-nsvq.jar \
        train --input /opt/nsvq/data/rows.npy --k 64 --max-iter 5 --seed 7 --output /opt/nsvq/data/model \
        >"$WORK/train" || return
    tail -n 1 "$WORK/train" | tee "$WORK/trained"
    grep -q '"codewords":64' "$WORK/trained"
}

# The last application had an executor on each worker, and its events are at the history server.
history() {
    inside curl -sSf http://history:18080/api/v1/applications >"$WORK/applications" || return
    local id
    id=$(grep -m1 -o 'app-[0-9-]*' "$WORK/applications") || return
    inside curl -sSf "http://history:18080/api/v1/applications/$id/allexecutors" |
        inside python -c 'import json, sys
busy = {e["hostPort"].split(":")[0]: e["totalTasks"] for e in json.load(sys.stdin) if e["id"] != "driver"}
print(sys.argv[1], busy)
sys.exit(len(busy) != 2 or min(busy.values()) < 1)' "$id"
}

python_train() {
    inside python -c '
import sparknsvq
spark = sparknsvq.builder().config("spark.executor.memory", "1g").getOrCreate()
print(spark.version, spark.sparkContext.master)
rows = spark.read.format("npy").load("/opt/nsvq/data/rows.npy").repartition(4)
model = sparknsvq.VQ(k=32, maxIter=3, seed=1).fit(rows)
codes = model.transform(rows).selectExpr("count(distinct prediction) AS used").first()
print(model.summary.mse, codes.used)
spark.stop()'
}

# --- the steps ---------------------------------------------------------------------------------------------------

if docker info >/dev/null 2>&1; then
    done_with "an engine answers"
else
    step "start an engine" start_engine || exit 1
fi
say "$(docker version -f 'engine {{.Server.Version}}')"

for image in "$SPARK_IMAGE" "$JDK_IMAGE"; do
    docker image inspect "$image" >/dev/null 2>&1 || docker pull "$image" >"$WORK/step" 2>&1 || {
        say "not there, and not to be pulled: $image"
        missing=1
    }
done
if [[ -n ${missing:-} ]]; then
    say "in place of official images: base images from Debian and PyPI"
    step "debootstrap" debian || exit 1
    step "base image jdk" build base.Dockerfile jdk nsvq-jdk:17 || exit 1
    step "base image spark" build base.Dockerfile spark nsvq-spark-base:4.1.4 || exit 1
    SPARK_IMAGE=nsvq-spark-base:4.1.4 JDK_IMAGE=nsvq-jdk:17
fi

arguments=(--build-arg "SPARK_IMAGE=$SPARK_IMAGE" --build-arg "JDK_IMAGE=$JDK_IMAGE" --build-arg "PREBUILT=${PREBUILT:-0}")
step "image spark-nsvq:cluster" build Dockerfile cluster spark-nsvq:cluster "${arguments[@]}" || exit 1
step "image spark-nsvq:notebook" build Dockerfile notebook spark-nsvq:notebook "${arguments[@]}" || exit 1
docker image ls --format '{{.Repository}}:{{.Tag}} {{.Size}}' | sed 's/^/    /'

COMPOSED=1
step "compose up" compose up -d --no-build || exit 1
step "all services healthy" healthy 150 && shown 7
step "no service runs as root" unprivileged
step "train with spark-submit on both workers" train && shown 1
step "train from Python" python_train && shown 2
sleep 12 # the history server looks every 10 seconds
step "history server: an executor on each worker" history && shown 1
step "quickstart in a container" inside spark-submit --master 'local[2]' --driver-memory 2g \
    --class io.github.sparknsvq.cli.Nsvq local:///opt/nsvq/spark-nsvq.jar quickstart && shown 1
step "notebook quickstart.ipynb" inside env MASTER= SPARK_LOCAL_IP=127.0.0.1 \
    python /opt/nsvq/notebooks/execute.py --check /opt/nsvq/notebooks/quickstart.ipynb && shown 1
exit $FAILED
