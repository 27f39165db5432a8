#!/usr/bin/env python3
"""Codebooks of swiss-roll, 8 bit, as in the NSVQ paper's figure 4, as SVG: toy_picture.py DIR"""
import os
import sys

import numpy as np
from scipy.spatial import Voronoi, cKDTree

folder = sys.argv[1]
SIZE, GAP, TOP = 300, 12, 34
METHODS = [("ste", "STE"), ("nsvq", "NSVQ"), ("sklearn", "MiniBatchKMeans"), ("default", "spark-nsvq defaults")]


def read(name):
    raw = np.fromfile(os.path.join(folder, name + ".fvecs"), dtype="<f4")
    return raw.reshape(-1, raw[:1].view("<i4")[0] + 1)[:, 1:].astype("float64")


rows = read("swiss-roll")
low, high = rows.min(axis=0) - 1, rows.max(axis=0) + 1


def place(points):
    scaled = (points - low) / (high - low) * SIZE
    return np.column_stack([scaled[:, 0], SIZE - scaled[:, 1]])


def dots(points):
    return "".join(f"M{x:.1f} {y:.1f}h0" for x, y in place(points))


def regions(codebook):
    """Borders of the Voronoi regions; far helpers close the outer ones."""
    middle, far = (low + high) / 2, 50 * (high - low).max()
    helpers = middle + far * np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
    voronoi = Voronoi(np.vstack([codebook, helpers]))
    path = []
    for a, b in voronoi.ridge_vertices:
        if a >= 0 and b >= 0:
            (x, y), (u, v) = np.clip(place(voronoi.vertices[[a, b]]), -2000, 2000)
            path.append(f"M{x:.1f} {y:.1f}L{u:.1f} {v:.1f}")
    return "".join(path)


sample = rows[np.random.RandomState(1).choice(len(rows), min(1500, len(rows)), replace=False)]
panels = []
METHODS = [(method, name) for method, name in METHODS if os.path.exists(os.path.join(folder, f"swiss-roll-256-{method}-1.fvecs"))]
for i, (method, name) in enumerate(METHODS):
    codebook = read(f"swiss-roll-256-{method}-1")
    used = np.zeros(len(codebook), bool)
    used[np.unique(cKDTree(codebook).query(rows)[1])] = True
    panels.append(
        f'<g transform="translate({i * (SIZE + GAP)},{TOP})"><svg width="{SIZE}" height="{SIZE}">'
        f'<rect width="{SIZE}" height="{SIZE}" fill="#fff" stroke="#999"/>'
        f'<use href="#rows"/><path d="{regions(codebook)}" stroke="#8aa" stroke-width=".5" fill="none"/>'
        f'<path d="{dots(codebook[used])}" stroke="#c00" stroke-width="3"/>'
        f'<path d="{dots(codebook[~used])}" stroke="#000" stroke-width="4"/></svg>'
        f'<text y="-8" font-size="13">{name}: {int((~used).sum())} dead</text></g>')
width = len(METHODS) * (SIZE + GAP) - GAP
print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{SIZE + TOP}" font-family="sans-serif" stroke-linecap="round">'
      f'<title>swiss-roll, K = 256, seed 1: rows (gray), codewords (red), dead ones (black), Voronoi regions</title>'
      f'<defs><path id="rows" d="{dots(sample)}" stroke="#bbb" stroke-width="1.5"/></defs>{"".join(panels)}</svg>')
