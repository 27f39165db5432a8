#!/usr/bin/env bash
# What NVIDIA's compiler makes of the OpenCL that Aparapi writes for GPUs, found without a GPU:
#   benchmarks/gpu-registers.sh    writes benchmarks/results/gpu-registers.txt and gpu-kernel.cl
# The compiler is NVRTC from Maven Central, a download of 350 MB the first time; it takes CUDA, of which the OpenCL differs
# in a few names.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
COMPILER=org.bytedeco:cuda-redist:12.9-9.10-1.5.12:jar:linux-x86_64
SIZES=$ROOT/spark-nsvq-gpu/src/main/java/io/github/sparknsvq/gpu/SearchKernel.java

size() { # NAME: a constant of the kernel's
    sed -n "s/^ *static final int $1 = \([0-9]*\);/\1/p" "$SIZES"
}

build
CLASSPATH_ALL="$ROOT/benchmarks/target/classes:$(<"$ROOT/benchmarks/target/classpath.txt")"
benchmark GpuSpeed source gpu >"$WORK/gpu-kernel.cl" 2>>"$WORK/stderr.txt"
(cd "$ROOT" && ./mvnw -q -B -ntp -N dependency:unpack -Dartifact="$COMPILER" -Dmdep.unpack.includes='**/libnvrtc*' \
    -DoutputDirectory="$WORK/cuda") >&2
libraries=$(dirname "$(find "$WORK/cuda" -name 'libnvrtc.so*')")
{
    head_of "gpu-registers.sh: the kernel for GPUs as NVIDIA's compiler translates it ($COMPILER)"
    LD_LIBRARY_PATH=$libraries "$PYTHON" "$ROOT/benchmarks/gpu_registers.py" "$WORK/gpu-kernel.cl" \
        "tile=$(size TILE)" "marks=$(size MARKS)"
} | tee "$WORK/result.txt"
mv "$WORK/gpu-kernel.cl" "$RESULTS/gpu-kernel.cl"
mv "$WORK/result.txt" "$RESULTS/gpu-registers.txt"
