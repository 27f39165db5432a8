"""The parts of history.sh: speeds of faiss, and the table of ratios by revision.

    history.py take WHO NAME KEY < JSON           one row of a Java benchmark's last line (Seconds become speeds)
    history.py faiss PEERS WHAT ...               measures faiss, or makes it an index file
    history.py add ROWS TABLE REVISION DATE MACHINE    adds ratios to the table, and looks for losses
"""
import json
import os
import statistics
import sys

LOSS = 0.10
COMPARED = 5


def row(who, name, speed):
    print(json.dumps({"who": who, "name": name, "speed": speed}), flush=True)


def take(who, name, key):
    value = json.loads(sys.stdin.read().strip().splitlines()[-1])[key]
    row(who, name, 1 / value if key.endswith("Seconds") else value)


def faiss(peers, what, *args):
    sys.path.insert(0, peers)
    from common import THREADS, read, timed
    import faiss as peer
    import numpy as np

    if THREADS:
        peer.omp_set_num_threads(THREADS)

    def trained(learn, factory):
        index = peer.index_factory(learn.shape[1], factory)
        return index, timed(lambda: index.train(learn))[1]

    def fastest(call):
        call()
        return min(timed(call)[1] for _ in range(3))

    if what == "index":
        base = read(args[0])
        index, _ = trained(base[:20000], args[1])
        index.add(base)
        peer.write_index(index, args[2])
    elif what == "kernel":
        n, d, k = map(int, args[1:])
        rng = np.random.RandomState(0)
        rows, codewords = rng.rand(n, d).astype("float32"), rng.rand(k, d).astype("float32")
        index = peer.IndexFlatL2(d)
        index.add(codewords)
        row("faiss", args[0], 2e-9 * n * d * k / fastest(lambda: index.search(rows, 1)))
    elif what == "train":
        row("faiss", args[0], 1 / trained(read(args[1]), args[2])[1])
    elif what == "encode":
        index, _ = trained(read(args[1])[:20000], args[3])
        if args[3].startswith("RQ"):
            index.rq.max_beam_size, index.rq.use_beam_LUT = 16, 1
        rows = read(args[2])[:20000]

        def encode():
            index.reset()
            index.add(rows)

        row("faiss", args[0], len(rows) / fastest(encode))
    else:
        index, queries, k, probes = peer.read_index(args[1]), read(args[2]), int(args[3]), int(args[4])
        peer.extract_index_ivf(index).nprobe = probes
        row("faiss", args[0], len(queries) / fastest(lambda: index.search(queries, k)))


def add(rows, table, revision, date, machine):
    speeds = {}
    for line in open(rows, encoding="utf-8"):
        of = json.loads(line)
        speeds.setdefault(of["name"], {}).setdefault(of["who"], []).append(of["speed"])
    earlier = {}
    if os.path.exists(table):
        for line in open(table, encoding="utf-8").read().splitlines()[1:]:
            where, name, ratio = line.split("\t")[2:5]
            if where == machine:  # faiss gains less from some than we do
                earlier.setdefault(name, []).append(float(ratio))
    else:
        with open(table, "w", encoding="utf-8") as out:
            out.write("date\trevision\tmachine\tfigure\tspeed as a multiple of faiss's\tlowest\thighest\n")
    lost = []
    with open(table, "a", encoding="utf-8") as out:
        for name, by in speeds.items():
            ratios = sorted(ours / theirs for ours, theirs in zip(by["nsvq"], by["faiss"], strict=True))
            ratio = statistics.median(ratios)
            out.write(f"{date}\t{revision}\t{machine}\t{name}\t{ratio:.3f}\t{ratios[0]:.3f}\t{ratios[-1]:.3f}\n")
            before = sorted(earlier[name][-COMPARED:])[-2:][0] if name in earlier else None
            print(f"{name:38} {ratio:8.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f})" + (f"  before {before:.2f}" if before else ""))
            if before and ratio < (1 - LOSS) * before:
                lost.append(f"{name}: {ratio:.2f} of faiss's speed, {before:.2f} before")
    for text in lost:
        print("lost more than 10 %: " + text)
    sys.exit(1 if lost else 0)


{"take": take, "faiss": faiss, "add": add}[sys.argv[1]](*sys.argv[2:])
