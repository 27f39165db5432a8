"""Arrays in and out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pyspark.errors import IllegalArgumentException
from pyspark.sql import DataFrame

from sparknsvq import VQ, AdditiveVQ, ProductVQ, ResidualVQ, SpaceFillingVQ, VQModel

from .conftest import DIMENSION

CODED: list[tuple[Callable[[], Any], list[tuple[int, int]]]] = [
    (lambda: ProductVQ(numCodebooks=4, codebookBits=5, maxIter=2), [(32, 4)] * 4),
    (
        lambda: ResidualVQ(levelBits=[8, 8], maxIter=1, jointIter=1),
        [(256, DIMENSION)] * 2,
    ),
    (lambda: ResidualVQ(levelBits=[3, 6], maxIter=2, jointIter=1), [(8, 16), (64, 16)]),
    (
        lambda: AdditiveVQ(numCodebooks=2, codebookBits=4, maxIter=2, jointIter=1),
        [(16, DIMENSION)] * 2,
    ),
]


@pytest.mark.parametrize("measure", ["euclidean", "cosine"])
def test_one_codebook(data: DataFrame, vectors: NDArray[np.float32], measure: Any) -> None:
    model = VQ(k=8, maxIter=2, distanceMeasure=measure, reconstructionCol="r").fit(data)
    assert model.codebook.shape == (8, DIMENSION)
    assert model.codebook.dtype == np.float32
    assert np.array_equal(model.codewords[0], model.codebook)
    rows = model.transform(data).orderBy("id").collect()
    codes = model.encode(vectors)
    assert codes.dtype == np.int32
    assert codes.tolist() == [row.prediction for row in rows]
    decoded = model.decode(codes)
    assert decoded.dtype == np.float32
    assert np.array_equal(decoded, np.array([row.r for row in rows], dtype=np.float32))
    assert model.predict(vectors[5]) == codes[5]
    assert np.allclose(np.array(model.clusterCenters()), model.codebook)
    assert model.dimension == DIMENSION


def test_codebook_from_elsewhere(
    data: DataFrame, vectors: NDArray[np.float32], tmp_path: Path
) -> None:
    codebook = np.asfortranarray(vectors[:9].astype(np.float64))
    model = VQModel.fromCodebook(codebook)
    assert np.array_equal(model.codebook, vectors[:9])
    assert model.encode(vectors[:9]).tolist() == list(range(9))
    model.write().save(str(tmp_path / "model"))
    loaded = VQModel.load(str(tmp_path / "model"))
    assert np.array_equal(loaded.codebook, vectors[:9])
    goes_on = VQ(k=9, maxIter=1, initialModelPath=str(tmp_path / "model")).fit(data)
    assert goes_on.codebook.shape == (9, DIMENSION)
    with pytest.raises(ValueError, match=r"a codebook has the shape \(K, D\), not \(3,\)"):
        VQModel.fromCodebook([1, 2, 3])


@pytest.mark.parametrize(("make", "shapes"), CODED)
def test_several_codebooks(
    data: DataFrame,
    vectors: NDArray[np.float32],
    make: Callable[[], Any],
    shapes: list[tuple[int, int]],
) -> None:
    model = make().setCodesCol("codes").setReconstructionCol("r").fit(data)
    assert [codebook.shape for codebook in model.codewords] == shapes
    assert np.array_equal(np.concatenate(model.codewords), model.codebook)
    rows = model.transform(data).orderBy("id").collect()
    codes = model.encode(vectors)
    assert codes.dtype == np.uint8
    assert [bytes(code) for code in codes] == [bytes(row.code) for row in rows]
    indices = model.encode(vectors, packed=False)
    assert indices.tolist() == [row.codes for row in rows]
    decoded = model.decode(codes)
    assert np.array_equal(decoded, np.array([row.r for row in rows], dtype=np.float32))
    assert np.array_equal(model.decode(indices), decoded)


def test_decodes_data_frames(data: DataFrame, vectors: NDArray[np.float32]) -> None:
    model = VQ(k=8, maxIter=2).fit(data)
    decoded = model.decode(model.transform(data).select("id", "prediction")).orderBy("id")
    expected = model.codebook[model.encode(vectors)]
    found = np.array([row.features for row in decoded.collect()], dtype=np.float32)
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("rows", [0, 1])
def test_few_rows(data: DataFrame, rows: int) -> None:
    model = VQ(k=4, maxIter=1).fit(data)
    none = np.zeros((rows, DIMENSION), dtype=np.float32)
    assert model.encode(none).shape == (rows,)
    assert model.decode(model.encode(none)).shape == (rows, DIMENSION)


def test_says_what_is_wrong_with_arrays(data: DataFrame, vectors: NDArray[np.float32]) -> None:
    model = VQ(k=4, maxIter=1).fit(data)
    bad = vectors[:3].copy()
    bad[1, 2] = np.nan
    for given, sentence in (
        (vectors[:, :3], r"shape \(1200, 3\)"),
        (vectors[0], r"shape \(16,\)"),
        (bad, "1"),
    ):
        with pytest.raises((ValueError, IllegalArgumentException), match=sentence):
            model.encode(given)
    for codes in (np.array([[1]]), np.array([0.5])):
        with pytest.raises(ValueError, match="whole numbers"):
            model.decode(codes)
    with pytest.raises((ValueError, IllegalArgumentException), match="codeword"):
        model.decode(np.array([4]))


def test_summary(data: DataFrame) -> None:
    model = VQ(k=8, maxIter=3).fit(data)
    summary = model.summary
    assert model.hasSummary
    assert (summary.k, summary.rows, summary.numIter) == (8, 1200, 3)
    assert sum(summary.clusterSizes) == summary.clusterWeights.sum() == 1200
    assert [each.iteration for each in summary.history] == [1, 2, 3]
    assert summary.objectiveHistory == [each.mse for each in summary.history]
    assert summary.predictions.count() == 1200
    assert repr(summary).startswith("VQSummary(k=8, rows=1200, ")


def test_a_loaded_model_has_no_summary(data: DataFrame, place: str) -> None:
    VQ(k=4, maxIter=1).fit(data).save(place)
    model = VQModel.load(place)
    assert not model.hasSummary
    with pytest.raises(IllegalArgumentException, match="summaries are not saved"):
        _ = model.summary


def test_a_line(data: DataFrame, vectors: NDArray[np.float32]) -> None:
    model = SpaceFillingVQ(k=8, maxIter=2).fit(data)
    assert model.corners.shape == (8, DIMENSION)
    rows = model.transform(data).orderBy("id").collect()
    assert model.predict(vectors[3]) == rows[3].prediction
    assert model.position(vectors[3]) == pytest.approx(rows[3].position)
    positions = [row.position for row in model.order(data, 1).collect()]
    assert positions == sorted(positions)
    assert model.equallySpaced(5).codebook.shape == (5, DIMENSION)
    assert model.resampled(data, 6).summary.k == 6
    near = model.transform(data).filter(model.near(vectors[3], 1))
    assert rows[3].prediction in {row.prediction for row in near.collect()}
    assert near.count() < len(rows)
    places = model.encode(vectors)
    assert places.tolist() == [row.position for row in rows]
    assert model.decode(places).shape == (len(rows), DIMENSION)
