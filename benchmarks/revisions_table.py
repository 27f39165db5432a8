"""The table of revisions.sh: each measurement's speed under both revisions, and the ratio round by round."""

import collections
import json
import statistics
import sys


def measurements(row):
    """Yields the name, the speed (more is better) and its unit for what a line measured."""
    if "kernel" in row:
        yield f"kernel {row['n']}x{row['d']}x{row['k']}", row["gflops"], "GFLOP/s"
    elif "what" in row:
        yield f"train {row['what']}", 1 / row["trainSeconds"], "1/s"
        if row["encodedPerSecond"]:
            yield f"encode {row['what']}", row["encodedPerSecond"], "rows/s"
    else:
        yield f"search {row['index']} probes={row['probes']}", row["queries_per_second"], "queries/s"


speeds = collections.defaultdict(lambda: collections.defaultdict(list))
units = {}
with open(sys.argv[1], encoding="utf-8") as lines:
    for line in lines:
        row = json.loads(line)
        for name, speed, unit in measurements(row):
            speeds[name][row["revision"]].append(speed)
            units[name] = unit

print(f"{'what':58} {'old':>10} {'new':>10} unit       new/old")
for name, by in speeds.items():
    ratios = [new / old for old, new in zip(by["old"], by["new"], strict=True)]
    print(
        f"{name:58} {statistics.median(by['old']):10.4g} {statistics.median(by['new']):10.4g} {units[name]:10}"
        f" {statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
    )
