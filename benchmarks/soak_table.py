"""What a long session holds, as a table, a picture and a verdict; see soak.sh: soak_table.py ROUNDS.jsonl FILE.svg"""

import json
import math
import sys

import matplotlib
import numpy as np

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "nsvq"  # the same figures give the same file
import matplotlib.pyplot as plt  # noqa: E402

WARM_UP = 5  # one round in so many, from the start
LINES = 20  # of the table
NOISE = 3  # standard errors of the rise
PARTS = 12  # whose means tell the noise: rounds one after the other are not independent, means of many nearly are
# figure: its heading, decimals, and what it may rise by in all, whatever the noise: a share of its mean, a number. Code is
# not judged, but the classes that it is of: HotSpot goes on translating methods, up to a limit of its own.
FIGURES = {
    "heap": ("heap, MB", 1, 0.02, 0),
    "nonheap": ("code, MB", 1, math.inf, 0),
    "classes": ("classes", 0, 0.01, 0),
    "threads": ("threads", 0, 0, 2),
    "direct": ("direct, MB", 1, 0, 1),
    "directBuffers": ("buffers", 0, 0, 2),
    "mappedBuffers": ("mapped", 0, 0, 0.5),
    "broadcasts": ("broadcasts", 0, 0, 2),
    "blocks": ("blocks", 0, 0, 4),
    "cachedRdds": ("RDDs", 0, 0, 0.5),
    "descriptors": ("descriptors", 0, 0, 2),
    "temporaryFiles": ("tmp files", 0, 0, 2),
    "sparkFiles": ("spark files", 0, 0, 4),
    "leftBehind": ("left", 0, 0, 0.5),
    "resident": ("resident, MB", 0, 0.05, 0),
}


def line(values):
    """The rise of the least-squares line through the means of parts, over all values, and the rise's standard error."""
    means = np.array([part.mean() for part in np.array_split(values, min(PARTS, len(values)))])
    at = np.arange(len(means)) - (len(means) - 1) / 2
    slope = (at * means).sum() / (at**2).sum()
    about = means - means.mean() - slope * at
    error = math.sqrt((about**2).sum() / max(1, len(means) - 2) / (at**2).sum())
    return slope * len(means), error * len(means)


def table(rounds):
    print(" ".join(f"{head:>12}" for head in ("minute", "round", *(head for head, *_ in FIGURES.values()))))
    shown = sorted({round(i) for i in np.linspace(0, len(rounds) - 1, LINES)})
    for row in (rounds[i] for i in shown):
        figures = (f"{row[name]:>12.{decimals}f}" for name, (_, decimals, _, _) in FIGURES.items())
        print(f"{row['minute']:>12.1f} {row['round']:>12.0f} " + " ".join(figures))


def verdict(counted):
    """Prints whether each figure is flat; returns the names of those that are not."""
    print(f"\nA figure grows if its least-squares line over the {len(counted)} rounds after the first fifth (through the"
          f" means of {PARTS} parts) rises\nby more than {NOISE} standard errors of that rise and by more than a margin.\n")
    print(f"{'':<14} {'mean':>9} {'rise':>8} {'error':>9} {'margin':>7}")
    grow = []
    for name, (head, _, share, number) in FIGURES.items():
        values = np.array([row[name] for row in counted])
        rise, error = line(values)
        margin = share * values.mean() + number
        flat = rise <= max(NOISE * error, margin)
        grow += [] if flat else [head]
        print(f"{head:<14} {values.mean():>9.1f} {rise:>8.2f} {error:>9.2f} {margin:>7.2f}  "
              f"{'not judged' if margin == math.inf else 'flat' if flat else 'GROWS'}")
    if any(row["leftBehind"] for row in counted):
        grow.append("what is left beside outputs")
    found = "grows: " + ", ".join(grow) if grow else "all flat, and nothing left behind"
    print(f"\n{len(counted)} rounds: {found}")
    return grow


def picture(rounds, warm, file):
    minutes = [row["minute"] for row in rounds]
    shown = [name for name in FIGURES if name != "leftBehind"]
    figure, axes = plt.subplots(len(shown) // 2, 2, figsize=(9, 11), sharex=True)
    for axis, name in zip(axes.T.flat, shown):
        axis.plot(minutes, [row[name] for row in rounds], linewidth=0.8)
        axis.axvspan(0, minutes[warm - 1], color="0.92")
        axis.set_ylim(bottom=0)
        axis.set_ylabel(FIGURES[name][0], fontsize=8)
        axis.tick_params(labelsize=8)
        axis.grid(True, alpha=0.3)
    for axis in axes[-1]:
        axis.set_xlabel("minutes (gray: warm-up)", fontsize=8)
    figure.suptitle("One session: train, encode, build, search, round after round")
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})


def main():
    rounds = [json.loads(row) for row in open(sys.argv[1])]
    warm = max(1, len(rounds) // WARM_UP)
    if len(rounds) - warm < 3:
        print(f"{len(rounds)} rounds are too few")
        sys.exit(2)
    table(rounds)
    grow = verdict(rounds[warm:])
    picture(rounds, warm, sys.argv[2])
    sys.exit(1 if grow else 0)


main()
