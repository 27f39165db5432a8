"""kernel_table.py FILE: the JSON lines of kernel.sh as a table."""

import json
import statistics
import sys

limit, shapes, description = [], {}, ""
for line in open(sys.argv[1]):
    row = json.loads(line)
    if row.get("limit"):
        limit.append(row["gflops"])
        continue
    shape = shapes.setdefault((row["n"], row["d"], row["k"]), {"nsvq": [], "faiss": [], "sgemm": []})
    if "kernel" in row:
        description = f"{row['kernel']} ({row['description']})"
        shape["nsvq"].append(row["gflops"])
    else:
        description_peer = row["peer"]
        shape["faiss"].append(row["gflops"])
        shape["sgemm"].append(row["sgemmGflops"])


def spread(values):
    return f"{statistics.median(values):.0f} ({min(values):.0f}-{max(values):.0f})"


def ratio(a, b):
    """Median of the ratios within a round: a round's noise hits both."""
    return f"{statistics.median(x / y for x, y in zip(a, b)):.2f}"


print(f"nsvq: {description}; peers: {description_peer} and numpy's sgemm (the product alone, no minimum)")
print(f"limit of the core, register multiply-adds alone: {spread(limit)}")
print()
head = ("N", "D", "K", "nsvq", "faiss", "sgemm", "nsvq/faiss", "nsvq/sgemm", "nsvq/limit")
print("%7s %4s %5s  %-14s %-14s %-14s %10s %10s %10s" % head)
for (n, d, k), v in shapes.items():
    cells = (spread(v["nsvq"]), spread(v["faiss"]), spread(v["sgemm"]))
    ratios = (ratio(v["nsvq"], v["faiss"]), ratio(v["nsvq"], v["sgemm"]), ratio(v["nsvq"], limit))
    print("%7d %4d %5d  %-14s %-14s %-14s %10s %10s %10s" % (n, d, k, *cells, *ratios))
