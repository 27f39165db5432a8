#!/usr/bin/env bash
# Searches and training on an OpenCL device beside the CPU of the same machine.
#   benchmarks/gpu.sh [--budget SECONDS] [--tiny]
#       measures here and writes benchmarks/results/gpu.txt, or gpu-cpu.txt where OpenCL runs on the CPU
#   benchmarks/gpu.sh pack DIR
#       fills DIR (43 MB) with all that a machine without Java or network needs. Copy DIR there, run DIR/run.sh there, which takes
#       8 minutes at most, and bring back the gpu.jsonl that it writes to the folder it is given, or to $OUT.
#       benchmarks/target/gpu is a DIR that git ignores
#   benchmarks/gpu.sh table FILE
#       writes the table of a gpu.jsonl; of an empty file the table of a GPU with nothing measured
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Of the JDK, what core, Aparapi and the Vector API need; Aparapi's windows, which need java.desktop, are never opened.
MODULES=java.base,java.logging,jdk.management,jdk.unsupported,jdk.incubator.vector

# The JDK, jars and libraries that run.sh needs: pack DIR
pack() {
    local dir=$1 home library
    if [[ -e $dir && ! -f $dir/run.sh && -n $(ls -A "$dir") ]]; then
        echo "gpu.sh: $dir holds something else; name a new folder" >&2
        return 2
    fi
    build
    rm -rf "${dir:?}"/{jdk,jars,lib,run.sh,revision,logging.properties}
    mkdir -p "$dir"/{jars,lib}
    home=$("${JAVA_HOME:+$JAVA_HOME/bin/}java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p')
    "$home/bin/jlink" --add-modules "$MODULES" --vm=server --compress=2 --strip-java-debug-attributes --no-header-files \
        --no-man-pages --output "$dir/jdk" 2>>"$WORK/stderr.txt"
    cp "$ROOT"/spark-nsvq-gpu/target/*-fat.jar "$ROOT"/spark-nsvq-core/target/spark-nsvq-core-*[!s].jar \
        "$ROOT"/benchmarks/target/spark-nsvq-benchmarks-*.jar "$dir/jars/"
    # the last three are on nearly every machine, and used where they are not
    for library in libOpenCL.so.1 libz.so.1 libstdc++.so.6 libgcc_s.so.1; do
        cp -L "$(ldconfig -p | awk -v name="$library" '$1 == name && /x86-64/ && !found {print $NF; found = 1}')" "$dir/lib/"
    done
    cp "$ROOT/benchmarks/gpu-run.sh" "$dir/run.sh"
    chmod +x "$dir/run.sh"
    echo ".level=WARNING
handlers=java.util.logging.ConsoleHandler" >"$dir/logging.properties"
    revision >"$dir/revision"
}

# The table of what run.sh wrote: table FILE
table() {
    local name=gpu
    ! grep -q '"kind": "cpu"' "$1" || name=gpu-cpu
    "$PYTHON" "$ROOT/benchmarks/gpu_table.py" "$1" | tee "$WORK/result.txt"
    mv "$WORK/result.txt" "$RESULTS/$name.txt"
}

case ${1:-} in
    pack)
        pack "$2"
        du -sh "$2"
        ;;
    table) table "$2" ;;
    *)
        pack "$WORK/pack"
        "$WORK/pack/run.sh" --budget 1200 "$@" "$WORK" >&2
        cp "$WORK/gpu.jsonl" "$ROOT/benchmarks/target/"
        table "$WORK/gpu.jsonl"
        ;;
esac
