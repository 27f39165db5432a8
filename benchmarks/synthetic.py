"""Clustered vectors as .bvecs: synthetic.py ROWS FILE [SEED]

128 whole numbers from 0 to 255: 4,096 cluster centers of unequal size around 64 others, and rows that vary along 16 directions
of their own cluster family, plus noise. Rows follow from the seed, whatever their number; another seed draws other rows around
the same centers.
"""
import sys

import numpy as np

rows, path = int(sys.argv[1]), sys.argv[2]
D, CENTERS, FAMILIES, DIRECTIONS, BLOCK = 128, 4096, 64, 16, 50_000
shape = np.random.default_rng(7)
families = shape.gamma(1.0, 28.0, (FAMILIES, D))
centers = families[np.arange(CENTERS) % FAMILIES] + shape.normal(0, 18, (CENTERS, D))
directions = shape.normal(0, 1, (FAMILIES, DIRECTIONS, D))
share = 1 / (np.arange(CENTERS) + CENTERS / 8)
share /= share.sum()
draw = np.random.default_rng(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
with open(path, "wb") as out:
    for start in range(0, rows, BLOCK):
        of = draw.choice(CENTERS, BLOCK, p=share)
        offset = draw.normal(0, 5, (BLOCK, DIRECTIONS))
        x = centers[of] + draw.normal(0, 4, (BLOCK, D))
        for family in range(FAMILIES):
            chosen = of % FAMILIES == family
            x[chosen] += offset[chosen] @ directions[family]
        x = np.clip(np.rint(x), 0, 255).astype("uint8")[: rows - start]
        head = np.full((len(x), 1), D, dtype="<i4").view("uint8")
        np.hstack([head, x]).tofile(out)
