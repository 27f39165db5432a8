"""Pictures."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from pyspark.sql import DataFrame

from sparknsvq import VQ, ProductVQ, plot

mpl.use("Agg")


def drawn(ax: Axes, line: int = 0) -> tuple[list[float], list[float]]:
    """Return the points of a line."""
    xs, ys = ax.lines[line].get_data()
    return np.asarray(xs).tolist(), np.asarray(ys).tolist()


@pytest.fixture(autouse=True)
def _no_figures_left() -> Iterator[None]:
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def test_a_training(data: DataFrame) -> None:
    model = VQ(k=8, maxIter=5).fit(data)
    ax = plot.history(model)
    assert drawn(ax) == ([1, 2, 3, 4, 5], [each.mse for each in model.summary.history])
    assert plot.cluster_sizes(model, ax) is ax
    other = plot.cluster_sizes(model)
    assert drawn(other)[1][0] == pytest.approx(1200 / 8)
    with pytest.raises(TypeError, match="several codebooks"):
        plot.cluster_sizes(ProductVQ(numCodebooks=4, codebookBits=4, maxIter=1).fit(data))


def test_sizes_as_numbers() -> None:
    assert drawn(plot.cluster_sizes([1, 2, 6]))[1][0] == 3
    with pytest.raises(ValueError, match="one for each codeword"):
        plot.cluster_sizes(np.zeros((2, 2)))


def test_recall_and_rates() -> None:
    ax = plot.recall({8: 0.9, 1: 0.4})
    assert drawn(ax)[0] == [1, 8]
    ax = plot.recall({"pq": {1: 0.4}, "flat": {1: 0.5}})
    assert [line.get_label() for line in ax.lines] == ["pq", "flat"]
    ax = plot.rate_distortion({"pq": [(64, 1.0), (32, 2.0)]})
    assert drawn(ax)[0] == [32, 64]
