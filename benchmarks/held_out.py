"""Queries held out of a data set, many enough to tell two close methods apart:
    held_out.py PEERS FOLDER QUERIES OUT [l2|ip|cosine]
writes OUT/base.fvecs (the base without the queries), OUT/query.fvecs and OUT/groundtruth.ivecs (100 exact neighbors).

Queries are random rows of the base, drawn from a fixed seed, whose first and tenth neighbors have no others at the same distance: a
neighbor that is found is then right by its id exactly when it is right by its distance. Rows with such ties are left out of both."""
import os
import sys

sys.path.insert(0, sys.argv[1])
from common import find, read, say, write_fvecs  # noqa: E402
import faiss  # noqa: E402
import numpy as np  # noqa: E402

SEED = 18
NEIGHBORS = 100

folder, wanted, out = sys.argv[2], int(sys.argv[3]), sys.argv[4]
metric = sys.argv[5] if len(sys.argv) > 5 else "l2"
rows = read(find(folder, "base"))
drawn = min(len(rows) // 2, wanted * 5 // 4)
order = np.random.default_rng(SEED).permutation(len(rows))
candidates, base = rows[order[:drawn]], rows[np.sort(order[drawn:])]
searched, asked = base.copy(), candidates.copy()
if metric == "cosine":
    faiss.normalize_L2(searched)
    faiss.normalize_L2(asked)
index = faiss.IndexFlatL2(rows.shape[1]) if metric == "l2" else faiss.IndexFlatIP(rows.shape[1])
index.add(searched)
distances, ids = index.search(asked, NEIGHBORS)
# of float32 sums: equal distances may differ by rounding, so nearly equal ones count as equal
gap = 1e-5 * np.abs(distances[:, 10])
clear = (np.abs(distances[:, 1] - distances[:, 0]) > gap) & (np.abs(distances[:, 10] - distances[:, 9]) > gap)
chosen = np.flatnonzero(clear)[:wanted]
if len(chosen) < wanted:
    sys.exit(f"held_out.py: only {len(chosen)} of {drawn} rows drawn have no ties: ask for fewer than {wanted} queries")
os.makedirs(out, exist_ok=True)
write_fvecs(os.path.join(out, "base.fvecs"), base)
write_fvecs(os.path.join(out, "query.fvecs"), candidates[chosen])
truth = ids[chosen].astype("<i4")
np.hstack([np.full((len(truth), 1), NEIGHBORS, "<i4"), truth]).tofile(os.path.join(out, "groundtruth.ivecs"))
say(base=len(base), queries=len(chosen), withoutTies=round(float(clear.mean()), 3))
