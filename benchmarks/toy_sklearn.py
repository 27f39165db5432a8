#!/usr/bin/env python3
"""The toy sets of the NSVQ paper, generators inferred from the published numbers, and scikit-learn's MiniBatchKMeans on them.

toy_sklearn.py points DIR N                    writes NAME.fvecs
toy_sklearn.py starts DIR NAME K SEEDS         writes NAME-start-K-SEED.fvecs: K rows plus N(0, I)
toy_sklearn.py fit DIR NAME K EPOCHS SEEDS     trains from these starts and appends to runs.jsonl what is not there yet"""
import json
import os
import sys
import time

import numpy as np

folder = sys.argv[2]
runs = os.path.join(folder, "runs.jsonl")


def write(name, rows):
    head = np.full((len(rows), 1), rows.shape[1], dtype="<i4").view("<f4")
    path = os.path.join(folder, name + ".fvecs")
    np.hstack([head, rows.astype("<f4")]).astype("<f4").tofile(path + ".part")
    os.replace(path + ".part", path)


def read(name):
    raw = np.fromfile(os.path.join(folder, name + ".fvecs"), dtype="<f4")
    return np.ascontiguousarray(raw.reshape(-1, raw[:1].view("<i4")[0] + 1)[:, 1:])


def points(n):
    from sklearn import datasets

    write("blobs", datasets.make_blobs(n, random_state=1)[0])
    write("circles", 10 * datasets.make_circles(n, noise=0.01, factor=0.42, random_state=1)[0])
    write("moons", 10 * datasets.make_moons(n, noise=0.01, random_state=1)[0])
    write("swiss-roll", datasets.make_swiss_roll(n, noise=0.1, random_state=1)[0][:, [0, 2]])


def starts(name, k, seeds):
    rows = read(name)
    for seed in seeds:
        rng = np.random.RandomState(1000 * seed + k)
        write(f"{name}-start-{k}-{seed}", rows[rng.choice(len(rows), k, replace=False)] + rng.randn(k, 2))


def fit(name, k, epochs, seeds):
    import sklearn
    from sklearn.cluster import MiniBatchKMeans

    rows = read(name)
    for seed in seeds:
        cell = dict(data=name, k=k, method="sklearn", seed=seed, points=len(rows), epochs=epochs)
        begins = json.dumps(cell)[:-1]
        if os.path.exists(runs) and any(line.startswith(begins) for line in open(runs)):
            continue
        began = time.process_time()
        model = MiniBatchKMeans(
            k, init=read(f"{name}-start-{k}-{seed}"), n_init=1, batch_size=max(1000, len(rows) // 100),
            max_iter=epochs, max_no_improvement=None, random_state=seed).fit(rows)
        seconds = time.process_time() - began
        used = len(np.unique(model.predict(rows)))
        row = dict(cell, mse=float(-model.score(rows)) / rows.size, dead=k - used, cpuSeconds=round(seconds, 2),
                   passes=model.n_steps_ * model._batch_size // len(rows), revision="scikit-learn " + sklearn.__version__)
        write(f"{name}-{k}-sklearn-{seed}", model.cluster_centers_)
        with open(runs, "a") as out:
            out.write(json.dumps(row) + "\n")
        print(json.dumps(row), file=sys.stderr)


if __name__ == "__main__":
    if sys.argv[1] == "points":
        points(int(sys.argv[3]))
    elif sys.argv[1] == "starts":
        starts(sys.argv[3], int(sys.argv[4]), [int(s) for s in sys.argv[5].split(",")])
    else:
        fit(sys.argv[3], int(sys.argv[4]), int(sys.argv[5]), [int(s) for s in sys.argv[6].split(",")])
