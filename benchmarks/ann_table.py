"""Recall@10 against queries a second: ann_table.py LINES [FILE.svg], a table on standard output and the picture.

Of each engine the points are kept that no other of its points beats in both; speeds at recalls .95 and .99 lie between
these (straight lines of log speed)."""

import json
import math
import sys

RECALLS = (0.95, 0.99)
data, engines = None, {}
for line in open(sys.argv[1]):
    row = json.loads(line)
    if "data" in row:
        data = row["data"]
    elif "qps" in row:
        engines.setdefault(data, {}).setdefault((row["engine"], row["calls"]), []).append(row)


def best(rows):
    """The points that none of the others beats, by recall."""
    kept, fastest = [], 0
    for row in sorted(rows, key=lambda r: (-r["recall10"], -r["qps"])):
        if row["qps"] > fastest:
            kept.append(row)
            fastest = row["qps"]
    return kept[::-1]


def speed_at(rows, recall):
    """Speed at a recall; of a point above it where there is none below, None where there is none above."""
    for i, row in enumerate(rows):
        if row["recall10"] >= recall:
            if i == 0:
                return row["qps"]
            low = rows[i - 1]
            share = (recall - low["recall10"]) / (row["recall10"] - low["recall10"])
            return math.exp((1 - share) * math.log(low["qps"]) + share * math.log(row["qps"]))
    return None


for data, found in engines.items():
    print(f"{data}: queries a second at recall@10 of .95 and .99")
    print(f"{'':40}{'single':>16}{'':8}{'batch':>16}")
    for name in dict.fromkeys(engine for engine, _ in found):
        cells = []
        for calls in ("single", "batch"):
            rows = best(found.get((name, calls), []))
            cells += [speed_at(rows, recall) for recall in RECALLS]
        print(f"{name:40}" + "".join(f"{'-' if cell is None else round(cell):>12}" for cell in cells))
    print("\npoints (engine, calls, setting, recall@10, queries a second)")
    for (name, calls), rows in found.items():
        for row in best(rows):
            print(f"{name:40}{calls:8}{row['setting']:40}{row['recall10']:8.4f}{row['qps']:10}")
    print()

if len(sys.argv) > 2:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "nsvq"  # the same figures give the same file
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(engines), figsize=(6 * len(engines), 5), squeeze=False)
    for axis, (data, found) in zip(axes[0], engines.items()):
        for (name, calls), rows in found.items():
            if calls == "single":
                style = "o-" if name.startswith("spark-nsvq") else "s--"
                axis.plot([r["recall10"] for r in best(rows)], [r["qps"] for r in best(rows)], style, label=name)
        axis.set(yscale="log", xlabel="recall@10 (of ten)", title=data)
        axis.grid(True, which="both", alpha=0.3)
    axes[0][0].set_ylabel("single queries a second, one thread")
    axes[0][0].legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(sys.argv[2], metadata={"Date": None})
