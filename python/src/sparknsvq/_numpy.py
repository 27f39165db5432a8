"""Arrays that go into models and come out of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]

#: Bytes of rows that travel to the JVM at a time.
BLOCK_BYTES = 1 << 24


def rows_of(vectors: ArrayLike, dimension: int) -> Floats:
    """Return vectors as float32 rows, or say what is wrong with them."""
    rows = np.asarray(vectors, dtype=np.float32)
    if rows.ndim != 2 or rows.shape[1] != dimension:
        raise ValueError(
            f"vectors have the shape {rows.shape}: (rows, {dimension}) is needed by this model"
        )
    finite = np.isfinite(rows).all(axis=1)
    if not finite.all():
        raise ValueError(f"vector {int(np.argmin(finite))} has values that are NaN or infinite")
    return rows


def unit_length(rows: Floats) -> Floats:
    """Scale rows to length 1, or say which has none."""
    lengths = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    if (lengths == 0).any():
        raise ValueError(
            f"vector {int(np.argmin(lengths))} is 0, which has no direction: cosine needs one"
        )
    scaled: Floats = (rows / lengths).astype(np.float32)
    return scaled


def blocks(count: int, row_bytes: int) -> list[slice]:
    """Return slices of rows of at most about :data:`BLOCK_BYTES`."""
    size = max(1, BLOCK_BYTES // max(1, row_bytes))
    return [slice(at, min(at + size, count)) for at in range(0, count, size)]


def unpack(codes: NDArray[np.uint8], widths: list[int]) -> NDArray[np.int32]:
    """Return the indices of packed codes, (rows, codebooks).

    A code is a stream of bits: the first index first, each from its lowest bit up.
    """
    if all(width == 8 for width in widths):
        return codes.astype(np.int32)
    bits = np.unpackbits(codes, axis=1, bitorder="little").astype(np.int32)
    indices = np.empty((len(codes), len(widths)), dtype=np.int32)
    at = 0
    for m, width in enumerate(widths):
        indices[:, m] = bits[:, at : at + width] @ (1 << np.arange(width, dtype=np.int32))
        at += width
    return indices


def pack(indices: NDArray[Any], widths: list[int]) -> NDArray[np.uint8]:
    """Return the packed codes of indices: the opposite of :func:`unpack`."""
    if indices.ndim != 2 or indices.shape[1] != len(widths):
        raise ValueError(
            f"codes have the shape {indices.shape}: (rows, {len(widths)}) indices are needed"
        )
    limits = 1 << np.array(widths, dtype=np.int64)
    if len(indices) and (indices.min() < 0 or (indices >= limits).any()):
        raise ValueError("codes have an index that no codeword has")
    parts = [
        (indices[:, m : m + 1].astype(np.int64) >> np.arange(width)) & 1
        for m, width in enumerate(widths)
    ]
    return np.packbits(np.concatenate(parts, axis=1).astype(np.uint8), axis=1, bitorder="little")
