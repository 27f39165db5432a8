#!/usr/bin/env bash
# Measures an OpenCL device beside the CPU of the same machine. `benchmarks/gpu.sh pack DIR` makes of it DIR/run.sh, beside
# all that it needs but bash, coreutils and a glibc of 2.34 or later:
#   DIR/run.sh [--budget SECONDS] [--tiny] [FOLDER]
# It writes FOLDER/gpu.jsonl, a line as soon as something is measured and what matters most first, and FOLDER/stderr.txt;
# without FOLDER to $OUT, or where it was called. After SECONDS (420) it begins nothing new. --tiny is for trying it out.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PATH=$PATH:/usr/sbin:/sbin
budget=420 tiny="" folder=${OUT:-$PWD}
while (($#)); do
    case $1 in
        --budget) budget=$2; shift 2 ;;
        --tiny) tiny=1; shift ;;
        -*) echo "run.sh: does not know $1" >&2; exit 2 ;;
        *) folder=$1; shift ;;
    esac
done
END=$(($(date +%s) + budget))
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
mkdir -p "$folder"
LINES_FILE=$folder/gpu.jsonl ERRORS=$folder/stderr.txt
: >"$LINES_FILE"
: >"$ERRORS"
INSTALLED=$(ldconfig -p 2>/dev/null || true)

# Of the libraries that came along, the OpenCL loader, whose ways are known, and what this machine lacks.
libraries() {
    local library
    mkdir "$WORK/lib"
    for library in "$HERE"/lib/*.so*; do
        if [[ $library == */libOpenCL.so.1 || $INSTALLED != *"${library##*/} "* ]]; then
            ln -s "$library" "$WORK/lib/"
        fi
    done
    export LD_LIBRARY_PATH=$WORK/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
}

# NVIDIA's OpenCL driver, wherever it is.
nvidia_driver() {
    local place file
    awk '/libnvidia-opencl\.so\.1 / && /x86-64/ {print $NF; exit}' <<<"$INSTALLED" | grep . && return
    for place in ${LD_LIBRARY_PATH//:/ } /usr/local/nvidia/lib64 /usr/local/nvidia/lib /usr/lib/x86_64-linux-gnu /usr/lib64 \
        /usr/lib /usr/lib/wsl/lib; do
        for file in "$place"/libnvidia-opencl.so.1 "$place"/libnvidia-opencl.so.*; do
            [[ -e $file ]] && echo "$file" && return
        done
    done
    echo "no libnvidia-opencl.so.1 on this machine" >>"$ERRORS"
}

# In a container the driver is often there and the file that names it to the loader is not.
vendors() {
    local driver file
    [[ -z ${OCL_ICD_VENDORS:-} ]] || return 0
    mkdir "$WORK/vendors"
    for file in /etc/OpenCL/vendors/*.icd; do
        [[ -e $file ]] && ! grep -q nvidia "$file" && cp "$file" "$WORK/vendors/"
    done
    driver=$(nvidia_driver)
    if [[ -n $driver ]]; then
        echo "$driver" >"$WORK/vendors/nvidia.icd"
        LD_LIBRARY_PATH+=:$(dirname "$driver")
    fi
    export OCL_ICD_VENDORS=$WORK/vendors
}

# speed [-DPROPERTY=VALUE] MODE ARGS...: measures in a JVM of its own; a failure is a line, too, and stops nothing
speed() {
    local left=$((END - $(date +%s))) options=() code
    ((left > 2)) || { echo "run.sh: no time left for $*" >&2; return 0; }
    [[ $1 != -D* ]] || { options=("$1"); shift; }
    set +e
    timeout $((left + 30)) "$JAVA" --add-modules=jdk.incubator.vector -XX:MaxRAMPercentage=50 -XX:+UseParallelGC \
        -Djava.util.logging.config.file="$HERE/logging.properties" "${options[@]}" -cp "$HERE/jars/*" \
        io.github.sparknsvq.benchmarks.GpuSpeed "$@" "end=$END" 2>>"$ERRORS" |
        grep --line-buffered '^{' | tee -a "$LINES_FILE"
    code=${PIPESTATUS[0]}
    set -e
    ((code == 0)) || printf '{"measured": "failure", "reason": "%s ended with %d"}\n' "$*" "$code" | tee -a "$LINES_FILE"
}

JAVA=$HERE/jdk/bin/java
[[ -x $JAVA ]] || JAVA=${JAVA_HOME:+$JAVA_HOME/bin/}java
libraries
vendors
printf '{"measured": "run", "revision": "%s", "date": "%s"}\n' "$(<"$HERE/revision")" "$(date -u +%Y-%m-%dT%H:%MZ)" |
    tee -a "$LINES_FILE"
speed device

main=1000000x128x4096
others=(250000x784x1024 1000000x128x256 1000000x8x256 100000x128x65536)
equal=(200000x128x4096 100000x784x1024 200000x8x256 100003x33x1000)
training=1000000x128x4096
grep -q '"kind": "cpu"' "$LINES_FILE" && training=100000x128x1024
limits=(runs=5 seconds=2 warm=1.5)
side=(runs=3 seconds=1 warm=1)
few=(runs=3 seconds=0.3 warm=0.7)
dimensions=128,784,32,8 sizes=256,1024,4096,16384,65536
calls=256,1024,4096,16384,65536
if [[ -n $tiny ]]; then
    main=20000x32x256 others=(5000x16x100) equal=(20000x33x1000) training=5000x16x64 dimensions=8,32 sizes=256,1024 calls=256,4096
    limits=(runs=2 seconds=0.2 warm=0.3)
    side=("${limits[@]}") few=("${limits[@]}")
fi
if grep -q '"measured": "device"' "$LINES_FILE"; then
    speed kernel "${limits[@]/seconds=2/seconds=10}" "$main"
    speed transfers "${limits[@]}" "$main"
    speed cpu "${limits[@]}" "$main"
    speed equal "${limits[@]}" "${equal[@]}"
    speed -Dnsvq.kernel=plain-java cpu "${limits[@]}" "$main"
    speed training "${limits[@]}" "$training"
    speed crossover "${few[@]}" "$dimensions" "$sizes"
    speed calls "${few[@]}" "$main" "$calls"
    speed kernel "${side[@]}" "${others[@]}"
    for shape in "${others[@]}"; do
        speed transfers "${side[@]}" "$shape"
        speed cpu "${side[@]}" "$shape"
    done
fi
