"""Arrays that go into models and come out of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]

#: Bytes that travel to the JVM at a time.
BLOCK_BYTES = 1 << 24


def rows_of(vectors: ArrayLike, dimension: int) -> Floats:
    """Return vectors as float32 rows, or say what shape they should have."""
    rows = np.asarray(vectors, dtype=np.float32)
    if rows.ndim != 2 or rows.shape[1] != dimension:
        raise ValueError(
            f"vectors have the shape {rows.shape}: (rows, {dimension}) is needed by this model"
        )
    return rows


def whole_numbers(codes: NDArray[Any], columns: int | None) -> NDArray[np.int32]:
    """Return indices of codewords as int32, or say what they should be.

    Parameters
    ----------
    codes
        the indices.
    columns
        indices of a code; None: codes are no rows but single numbers.
    """
    shaped = codes.ndim == 1 if columns is None else codes.shape[1:] == (columns,)
    if not shaped or codes.dtype.kind not in "iu":
        needed = "(rows,)" if columns is None else f"(rows, {columns})"
        raise ValueError(
            f"codes are {codes.dtype} of the shape {codes.shape}: whole numbers of the shape"
            f" {needed} are needed"
        )
    if len(codes) and (codes.min() < 0 or codes.max() > np.iinfo(np.int32).max):
        raise ValueError("codes have an index that no codeword has")
    return codes.astype(np.int32)


def through(
    call: Callable[[bytearray], bytes], rows: NDArray[Any], dtype: Any, columns: int
) -> NDArray[Any]:
    """Send rows through a method of a Java model, block by block.

    Parameters
    ----------
    call
        the method: bytes of rows in, bytes of as many rows out.
    rows
        what goes in.
    dtype, columns
        what the rows are that come out.
    """
    found = np.empty((len(rows), columns), dtype=dtype)
    step = max(1, BLOCK_BYTES // max(1, rows[:1].nbytes))
    for at in range(0, len(rows), step):
        part = np.ascontiguousarray(rows[at : at + step])
        answer = call(bytearray(part.astype(part.dtype.newbyteorder("<")).tobytes()))
        found[at : at + step] = np.frombuffer(answer, dtype=dtype).reshape(len(part), columns)
    return found
