"""gpu_table.py FILE: the JSON lines of gpu-run.sh as tables. What is not in FILE reads "not measured"."""

import json
import sys

MAIN = (128, 4096)
NONE = "not measured"
lines = {}
for text in open(sys.argv[1]):
    line = json.loads(text)
    lines.setdefault(line["measured"], []).append(line)


def of(measured, **wanted):
    return [line for line in lines.get(measured, []) if all(line.get(name) == value for name, value in wanted.items())]


def fastest(found):
    return found[0]["rows"] / found[0]["fastest"] if found else None


def number(value, form="{:,.0f}"):
    return NONE if value is None else form.format(value)


def ratio(a, b):
    return NONE if a is None or b is None else f"{a / b:.2f}"


def title(text):
    print(f"\n{text}")


def seconds(line, form="{:.4g}"):
    return f"{form.format(line['median'])} ({form.format(line['fastest'])}-{form.format(line['slowest'])})"


def head():
    device, run = first_line("device"), first_line("run")
    if not device:
        print("# gpu.sh: an OpenCL device of a data center beside the CPU of its machine")
        print("# not measured: no machine with such a device was at hand. `benchmarks/gpu.sh pack DIR`, DIR/run.sh on such a machine,")
        print("# and `benchmarks/gpu.sh table FILE` with the gpu.jsonl that it wrote fill this table.")
        return
    print("# gpu.sh: an OpenCL device beside the CPU of its machine; median of the runs (fastest-slowest)")
    print(f"# device: {device['name']} ({device['kind']}, {device['computeUnits']} compute units), {device['driver']}")
    print(f"# machine: {device['cpu']}, {device['cores']} cores, {device['kernel']}; Java {device['java']}; "
          f"load before: {device['load']}")
    print(f"# {run['date']}, revision {run['revision']}")
    for line in lines.get("failure", []):
        print(f"# failed: {line['reason']}")


def first_line(measured):
    return lines.get(measured, [None])[0]


def kernel():
    title("kernel alone, rows and codebook on the device (TFLOP/s: 2 N D K; 10 are asked of a data-center GPU at 1,000,000 x 128 x 4096)")
    print(f"{'N':>8} {'D':>4} {'K':>6}  {'seconds':30} {'TFLOP/s':>12}")
    if not lines.get("kernel"):
        print(f"{1000000:8} {MAIN[0]:4} {MAIN[1]:6}  {NONE:30} {NONE:>12}")
    for line in lines.get("kernel", []):
        print(f"{line['rows']:8} {line['d']:4} {line['k']:6}  {seconds(line):30} {line['tflops']:12.3f}")


def searches():
    title("rows a second by calls, with the way there and back (threads x rows of a call); accumulate adds rows up by codeword")
    print(f"{'D':>4} {'K':>6} {'by':11} {'operation':10} {'calls':>12} {'rows/s':>13} {'fastest run':>13} {'slowest run':>13} {'TFLOP/s':>12}")
    if not lines.get("search"):
        for by in ("opencl", "vector-api", "plain-java"):
            print(f"{MAIN[0]:4} {MAIN[1]:6} {by:11} {'nearest':10} {'':12} " + " ".join([f"{NONE:>13}"] * 3 + [f"{NONE:>12}"]))
    for line in lines.get("search", []):
        calls = f"{line['threads']} x {line['rowsPerCall']}"
        print(f"{line['d']:4} {line['k']:6} {line['by']:11} {line['operation']:10} {calls:>12} {line['rowsPerSecond']:13,.0f} "
              f"{line['rows'] / line['fastest']:13,.0f} {line['rows'] / line['slowest']:13,.0f} {line['tflops']:12.3f}")


def best(by, shape, operation="nearest", **more):
    speeds = [line["rowsPerSecond"] for line in of("search", by=by, d=shape[0], k=shape[1], operation=operation, **more)]
    return max(speeds, default=None)


def ratios():
    cores = (first_line("device") or {}).get("cores")
    title("OpenCL's rows a second by the CPU's on all cores, both at their best (10 are asked of a data-center GPU by 16 cores)")
    print(f"{'D':>4} {'K':>6} {'operation':10} {'by vector-api':>14} {'by plain-java':>14}")
    for shape in sorted({(line["d"], line["k"]) for line in lines.get("search", [])}) or [MAIN]:
        for operation in ("nearest", "accumulate"):
            nsvq = best("opencl", shape, operation)
            cpu = [best(by, shape, operation, threads=cores) for by in ("vector-api", "plain-java")]
            print(f"{shape[0]:4} {shape[1]:6} {operation:10} {ratio(nsvq, cpu[0]):>14} {ratio(nsvq, cpu[1]):>14}")


def equal():
    title("same results as the CPU: rows whose codeword differs, those of them beyond what rounding explains, the largest relative"
          " gap\nbetween the squared distances of two such codewords, and between distances of the same one")
    print(f"{'N':>8} {'D':>4} {'K':>6} {'differing':>12} {'beyond':>12} {'codewords':>12} {'distances':>12}")
    if not lines.get("equal"):
        print(f"{200000:8} {MAIN[0]:4} {MAIN[1]:6} " + " ".join([f"{NONE:>12}"] * 4))
    for line in lines.get("equal", []):
        print(f"{line['rows']:8} {line['d']:4} {line['k']:6} {line['differing']:12} {line['beyondRounding']:12} "
              f"{line['largestTie']:12.1e} {line['largestDistanceDifference']:12.1e}")


def training():
    title("a whole training, defaults, without Spark, all cores")
    print(f"{'N':>8} {'D':>4} {'K':>6} {'device':8} {'passes':>6}  {'seconds':30} {'MSE':>12}")
    if not lines.get("training"):
        for device in ("opencl", "cpu"):
            print(f"{1000000:8} {MAIN[0]:4} {MAIN[1]:6} {device:8} {'':6}  {NONE:30} {NONE:>12}")
    for line in lines.get("training", []):
        print(f"{line['rows']:8} {line['d']:4} {line['k']:6} {line['device']:8} {line['passes']:6}  {seconds(line):30} "
              f"{line['mse']:12.6g}")


def crossover():
    title("crossover: rows a second on OpenCL by those on the CPU's cores together, both by calls from all cores,\nthe fastest run of each")
    found = lines.get("crossover", [])
    dimensions = sorted({line["d"] for line in found}) or [8, 32, 128, 784]
    sizes = sorted({line["k"] for line in found}) or [256, 1024, 4096, 16384, 65536]
    quotients = {(d, k): crossing(d, k) for d in dimensions for k in sizes}
    print(f"{'K':>26}" + "".join(f"{'D = %d' % d:>14}" for d in dimensions))
    for k in sizes:
        print(f"{k:26}" + "".join(f"{number(quotients[d, k], '{:.2f}'):>14}" for d in dimensions))
    print(f"{'OpenCL is faster from K =':>26}" + "".join(f"{smallest(quotients, d, sizes, found):>14}" for d in dimensions))


def crossing(d, k):
    nsvq = fastest(of("crossover", by="opencl", d=d, k=k))
    cpu = fastest([line for line in of("crossover", d=d, k=k) if line["by"] != "opencl"])
    return nsvq / cpu if nsvq and cpu else None


def smallest(quotients, d, sizes, found):
    """The size from which on it is faster at all larger ones, too."""
    if not found:
        return NONE
    wins = None
    for k in reversed(sizes):
        if quotients[d, k] is None:
            continue
        if quotients[d, k] <= 1:
            break
        wins = k
    return str(wins) if wins else "none here"


def calls():
    found = lines.get("calls", [])
    shape = (found[0]["d"], found[0]["k"]) if found else MAIN
    cpu = fastest([line for line in found if line["by"] != "opencl"])
    title(f"rows a second at D = {shape[0]}, K = {shape[1]} by the rows of a call, calls from all cores, the fastest run of each;"
          f"\nthe CPU by calls in calls of the size it asks for: {number(cpu)}")
    print(f"{'rows of a call':>14} {'OpenCL':>14} {'by the CPU':>14}")
    for line in of("calls", by="opencl") or [{"rowsPerCall": size} for size in (256, 1024, 4096, 16384, 65536)]:
        speed = fastest([line]) if "rows" in line else None
        print(f"{line['rowsPerCall']:14} {number(speed):>14} {ratio(speed, cpu):>14}")


head()
for part in (kernel, searches, ratios, equal, training, crossover, calls):
    part()
