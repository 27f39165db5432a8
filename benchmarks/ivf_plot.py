"""Recall@10 against queries a second: ivf_plot.py LINES FILE.svg"""
import json
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "nsvq"  # the same figures give the same file
import matplotlib.pyplot as plt  # noqa: E402

curves, built = {}, None
for line in open(sys.argv[1]):
    row = json.loads(line)
    if "probes" not in row or "step" in row or row.get("mode", "batch") != "batch":
        continue
    if "who" in row:
        built = row["index"]
    name = f"faiss, {built}" if "who" in row else f"nsvq, {row['index'].replace('.faiss', '')}"
    speed = row.get("queriesPerSecond", row.get("queries_per_second"))
    curves.setdefault(name, []).append((row["recall@10"], speed))
for name, points in curves.items():
    plt.plot(*zip(*points), "o-" if name.startswith("nsvq") else "s--", label=name)
plt.yscale("log")
plt.xlabel("recall@10")
plt.ylabel("queries a second, one thread")
plt.title("fashion-mnist, 256 lists; 1, 4, 16, 64 probes")
plt.grid(True, which="both", alpha=0.3)
plt.legend()
plt.savefig(sys.argv[2], metadata={"Date": None})
