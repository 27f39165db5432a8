"""Whether the lists of a sample tell how many of all rows' lists to look at, by the rule of IndexTuner.

    python3 benchmarks/sample_scale.py DATA >benchmarks/results/sample-scale.txt

DATA holds sift-photos, passages and fashion-mnist. Vectors are not coded: a neighbor is found when its list is looked
at. Numbers of probes for four recalls are counted on samples, scaled up, and recall is counted for all rows.
"""
import sys

import numpy as np

K = 10
TARGETS = (0.8, 0.9, 0.95, 0.99)
PASSES = 6
RANDOM = np.random.default_rng(0)


def read(path):
    values = np.fromfile(path, np.uint8)
    size = 1 if path.endswith("bvecs") else 4
    rows = values.reshape(-1, 4 + int(values[:4].view(np.int32)[0]) * size)[:, 4:]
    return np.ascontiguousarray(rows).astype(np.float32) if size == 1 else np.ascontiguousarray(rows).view(np.float32)


def distances(rows, centers):
    """Squared ones, but for what is the same for all centers."""
    return (centers * centers).sum(1) - 2 * rows @ centers.T


def nearest(rows, centers):
    return np.concatenate([distances(rows[i : i + 4096], centers).argmin(1) for i in range(0, len(rows), 4096)])


def kmeans(rows, lists):
    centers = rows[RANDOM.choice(len(rows), lists, replace=False)].copy()
    trained = rows if len(rows) <= 40 * lists else rows[RANDOM.choice(len(rows), 40 * lists, replace=False)]
    for _ in range(PASSES):
        of = nearest(trained, centers)
        counts = np.bincount(of, minlength=lists)
        sums = np.zeros_like(centers)
        np.add.at(sums, of, trained)
        filled = counts > 0
        centers[filled] = sums[filled] / counts[filled, None]
        centers[~filled] = rows[RANDOM.choice(len(rows), int((~filled).sum()))]
    return centers


def curve(rows, queries, lists, k):
    """Share of the k true neighbors that lie in the nearest 1, 2, ... lists."""
    centers = kmeans(rows, lists)
    of = nearest(rows, centers)
    true = np.argpartition(distances(queries, rows), k, axis=1)[:, :k]
    place = distances(queries, centers).argsort(1).argsort(1)
    found = np.take_along_axis(place, of[true], 1)
    return np.bincount(found.ravel(), minlength=lists).cumsum() / found.size


def scaled(f, size, lists):
    """Lists of the sample and neighbors to compare in it, as SampleScale has them."""
    few = max(lists * K / 2 / f, size**0.5)
    tried = lists if f <= 2 else min(lists, size // 20, round(few))
    factor = f * tried / lists
    return tried, max(2, min(K, int(K / factor + 0.5)))


def compare(name, rows, queries, samples, times):
    n = len(rows)
    lists = round(times * n**0.5)
    whole = curve(rows, queries, lists, K)
    for size in samples:
        f = n / size
        tried, k = scaled(f, size, lists)
        part = curve(rows[RANDOM.choice(n, size, replace=False)], queries, tried, k)
        print(f"{name:14} {n:7} {lists:6} {size:7} {f:5.1f} {tried:6} {k:10} ", end="")
        for target in TARGETS:
            probes = int(np.searchsorted(part, target) + 1)
            more = lists if probes == tried else min(lists, int(np.ceil(probes * (lists / tried) ** 0.5)))
            print(f" {probes:4}->{more:4} {whole[more - 1]:.3f}", end="")
        print(flush=True)


def main(data):
    print("# Recall that lists alone allow, where the number of probes is counted on a sample and scaled up by the rule of")
    print("# nsvq tune: numbers of probes in the sample and for all rows, and the share of the ten true neighbors of 300")
    print("# queries that these find among all rows, for each recall that the sample has.")
    print()
    head = "".join(f" {f'recall of {target}':>16}" for target in TARGETS)
    print(f"{'data':14} {'rows':>7} {'lists':>6} {'sample':>7} {'f':>5} {'tried':>6} {'neighbors':>10} {head}")
    both = [read(f"{data}/sift-photos/{part}.bvecs") for part in ("base", "learn")]
    queries = read(f"{data}/sift-photos/query.bvecs")[:300]
    compare("sift-photos", np.concatenate(both), queries, (100_000, 50_000, 20_000, 10_000, 5000, 2000), 2)
    passages = read(f"{data}/passages/base.fvecs")
    compare("passages", passages, read(f"{data}/passages/query.fvecs")[:300], (35_000, 17_500, 7000, 3500, 1750), 2)
    pictures = read(f"{data}/fashion-mnist/base.bvecs")
    compare("fashion-mnist", pictures, read(f"{data}/fashion-mnist/query.bvecs")[:300], (30_000, 15_000, 6000, 3000), 2)


if __name__ == "__main__":
    main(*sys.argv[1:])
