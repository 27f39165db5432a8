"""gpu_registers.py FILE.cl ARRAY=LENGTH...: registers, spills and loads of a kernel of Aparapi's, compiled for NVIDIA's GPUs.

The arrays are those in local memory. Needs libnvrtc.so.12 on LD_LIBRARY_PATH, and no GPU.
"""

import ctypes
import glob
import os
import re
import sys

# Architecture, a chip of it, and how many multiply-adds one of its multiprocessors does in a cycle.
CHIPS = (("sm_70", "V100", 64), ("sm_80", "A100", 64), ("sm_90", "H100", 128))
ITEMS = 256
REGISTERS = 65536

# OpenCL's names in CUDA. Aparapi calls its argument "this", which C++ does not allow.
NAMES = """
#define __global
#define __kernel extern "C" __global__
#define barrier(fence) __syncthreads()
#define get_local_id(i) ((int) threadIdx.x)
#define get_group_id(i) ((int) blockIdx.x)
#define get_local_size(i) ((int) blockDim.x)
#define get_num_groups(i) ((int) gridDim.x)
#define get_global_size(i) ((int) (gridDim.x * blockDim.x))
#define get_global_id(i) ((int) (blockIdx.x * blockDim.x + threadIdx.x))
#define fma(a, b, c) __fmaf_rn(a, b, c)
#define this self
"""


def cuda(source, lengths):
    """The kernel in CUDA: local arrays, which are arguments in OpenCL, become arrays of a fixed length."""
    functions, kernel = source.split("__kernel void", 1)
    functions = functions.replace("__local", "")
    functions = re.sub(r"^(\s*)(int|float|void)\s+(\w+)\(", r"\1__device__ __forceinline__ \2 \3(", functions, flags=re.M)
    arrays = ""
    for name, length in lengths.items():
        argument = re.search(rf"__local (float|int) \*{name}\s*,?", kernel)
        kernel = kernel.replace(argument.group(0), "", 1)
        arrays += f"   __shared__ {argument.group(1)} {name}[{length}];\n"
    kernel = kernel.replace("   This thisStruct;", arrays + "   This thisStruct;")
    return NAMES + functions + "__kernel void" + kernel


class Compiler:
    def __init__(self):
        for folder in os.environ["LD_LIBRARY_PATH"].split(":"):
            for library in glob.glob(os.path.join(folder, "libnvrtc.so.*")):
                self.library = ctypes.CDLL(library)

    def compile(self, code, architecture):
        """Returns what the assembler says and the PTX."""
        program = ctypes.c_void_p()
        self.library.nvrtcCreateProgram(ctypes.byref(program), code.encode(), b"kernel.cu", 0, None, None)
        options = [f"-arch={architecture}".encode(), b"--ptxas-options=-v", b"-default-device"]
        failed = self.library.nvrtcCompileProgram(program, len(options), (ctypes.c_char_p * len(options))(*options))
        log = self.text(program, "ProgramLog")
        if failed:
            sys.exit(log)
        return log, self.text(program, "PTX")

    def text(self, program, what):
        size = ctypes.c_size_t()
        getattr(self.library, f"nvrtcGet{what}Size")(program, ctypes.byref(size))
        buffer = ctypes.create_string_buffer(size.value)
        getattr(self.library, f"nvrtcGet{what}")(program, buffer)
        return buffer.value.decode()


def count(text, instruction):
    return len(re.findall(rf"^\s*(?:@!?%p\d+ )?{re.escape(instruction)}\b", text, flags=re.M))


def inner_loop(ptx):
    """The block between two labels with the most multiply-adds."""
    return max(ptx.split("\n$L__"), key=lambda block: count(block, "fma.rn.f32"))


def bounds(loop, lanes):
    """
    Shares of the peak that instructions and local memory leave to the multiply-adds of the inner loop: four instructions
    start in a cycle, of which local memory takes one load of 32 items.
    """
    fma, loads = count(loop, "fma.rn.f32"), count(loop, "ld.shared.f32")
    cycles = fma / (lanes / 32)
    return cycles / max(cycles, (fma + loads) / 4), cycles / max(cycles, loads)


def main():
    source = open(sys.argv[1]).read()
    code = cuda(source, dict(argument.split("=") for argument in sys.argv[2:]))
    compiler = Compiler()
    print(f"{'':6} {'chip':5} {'registers':>9} {'spilled bytes':>13} {'groups at once':>14} "
          f"{'multiply-adds':>13} {'local loads':>11} {'global loads':>12} {'peak by issue':>13} {'by local memory':>15}")
    for architecture, chip, lanes in CHIPS:
        log, ptx = compiler.compile(code, architecture)
        registers = int(re.search(r"Used (\d+) registers", log).group(1))
        spilled = sum(int(size) for size in re.findall(r"(\d+) bytes spill", log))
        loop = inner_loop(ptx)
        issue, memory = bounds(loop, lanes)
        print(f"{architecture:6} {chip:5} {registers:9} {spilled:13} {REGISTERS // (registers * ITEMS):14} "
              f"{count(loop, 'fma.rn.f32'):13} {count(loop, 'ld.shared.f32'):11} {count(loop, 'ld.global.f32'):12} "
              f"{issue:13.0%} {memory:15.0%}")
    print(f"""
Registers are those of one work-item; a multiprocessor has {REGISTERS:,}, so that so many groups of {ITEMS} items run on it side by
side. Multiply-adds and loads are those of one turn of the inner loop, which has the most of them. Where no byte is spilled,
the accumulators, which Aparapi writes as an array in a struct, are registers. A multiprocessor starts four instructions a cycle
and reads local memory for 32 items a cycle; that alone would bound the multiply-adds' share of the peak as the last columns
say, before addresses, barriers, the loading of tiles and waiting are paid for. This is what a compiler wrote, and no measurement
of speed; NVIDIA's OpenCL compiler has another front end before the same back end.""")


main()
