"""Pictures."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pytest
from pyspark.sql import DataFrame

from sparknsvq import VQ, ProductVQ, plot

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _no_figures_left() -> Iterator[None]:
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def test_a_training(data: DataFrame) -> None:
    model = VQ(k=8, maxIter=5).fit(data)
    ax = plot.history(model)
    xs, ys = ax.lines[0].get_data()
    assert list(xs) == [1, 2, 3, 4, 5]
    assert list(ys) == [each.mse for each in model.summary.history]
    assert plot.cluster_sizes(model, ax) is ax
    other = plot.cluster_sizes(model)
    assert other.lines[0].get_ydata()[0] == pytest.approx(1200 / 8)
    with pytest.raises(TypeError, match="several codebooks"):
        plot.cluster_sizes(ProductVQ(numCodebooks=4, codebookBits=4, maxIter=1).fit(data))


def test_sizes_as_numbers() -> None:
    assert plot.cluster_sizes([1, 2, 6]).lines[0].get_ydata()[0] == 3
    with pytest.raises(ValueError, match="one for each codeword"):
        plot.cluster_sizes(np.zeros((2, 2)))


def test_recall_and_rates() -> None:
    ax = plot.recall({8: 0.9, 1: 0.4})
    assert ax.lines[0].get_data()[0].tolist() == [1, 8]
    ax = plot.recall({"pq": {1: 0.4}, "flat": {1: 0.5}})
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["pq", "flat"]
    ax = plot.rate_distortion({"pq": [(64, 1.0), (32, 2.0)]})
    assert ax.lines[0].get_data()[0].tolist() == [32, 64]
