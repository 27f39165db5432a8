"""Log-spectral distortion against bits: envelopes_plot.py envelopes.txt FILE.svg"""
import re
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "nsvq"  # the same figures give the same file
import matplotlib.pyplot as plt  # noqa: E402

LINE = re.compile(r"(?P<name>\S.*?) +(?P<bits>\d+) +[\d.]+ \| +(?P<lsd>[\d.]+) \((?P<deviation>[\d.]+)\)")
NAMES = {"pq": "PVQ, 4 parts", "rq": "RVQ, 4 stages", "aq": "AVQ, 4 stages"}
curves, single = {}, {}
for line in open(sys.argv[1]):
    found = None if line.startswith("#") else LINE.match(line)
    if found:
        kind = found["name"].split()[0]
        point = int(found["bits"]), float(found["lsd"]), float(found["deviation"])
        if found["name"].startswith("scalar"):
            curves.setdefault(found["name"] + ", entropy-coded", []).append(point)
        elif found["name"].endswith("greedy"):
            curves.setdefault("RVQ, 4 stages, greedy", []).append(point)
        elif " 4 x " in found["name"]:
            curves.setdefault(NAMES[kind], []).append(point)
        else:
            single[found["name"]] = point
plt.figure(figsize=(7, 4.5))
for name, points in curves.items():
    bits, lsd, deviation = zip(*points)
    plt.errorbar(bits, lsd, deviation, fmt="s--" if name.startswith("scalar") else "o-", markersize=4, label=name)
if "vq 1 x 12" in single:
    plt.plot(*single["vq 1 x 12"][:2], "k*", markersize=11, label="one VQ of 12 bits")
plt.xlabel("bits a frame")
plt.ylabel("log-spectral distortion, dB")
plt.title("Envelopes of 20 mel bands, held-out speech")
plt.grid(True, alpha=0.3)
plt.legend()
plt.tight_layout()
plt.savefig(sys.argv[2], metadata={"Date": None})
