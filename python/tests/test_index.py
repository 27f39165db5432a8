"""The index, and files of it that faiss serves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pyspark.errors import IllegalArgumentException
from pyspark.sql import DataFrame, SparkSession

from sparknsvq import IvfIndex, IvfIndexModel, RecallEvaluator, plot, serve

from .conftest import clustered, table


@pytest.fixture(scope="module")
def queries(spark: SparkSession) -> DataFrame:
    frame: DataFrame = spark.createDataFrame(table(clustered(20, seed=3)))
    return frame.withColumnRenamed("id", "query").cache()


def ids(found: DataFrame) -> list[list[int]]:
    return [[n.id for n in row.neighbors] for row in found.orderBy("query").collect()]


def nearest(vectors: NDArray[np.float32], queries: NDArray[np.float32], k: int) -> Any:
    distances = ((queries[:, None, :] - vectors[None, :, :]) ** 2).sum(axis=2)
    return np.argsort(distances, axis=1, kind="stable")[:, :k]


def test_searches_and_ranks_by_vectors(
    index: IvfIndexModel, data: DataFrame, queries: DataFrame, vectors: NDArray[np.float32]
) -> None:
    model = index.copy().setProbes(8).setK(5).setRerank(100).setVectors(data)
    truth = nearest(vectors, clustered(20, seed=3), 5)
    assert ids(model.transform(queries)) == truth.tolist()
    with pytest.raises(IllegalArgumentException, match="rerank"):
        model.copy().setVectors(None).transform(queries)


def test_filters_by_attribute_and_by_ids(
    index: IvfIndexModel, data: DataFrame, queries: DataFrame
) -> None:
    red = index.copy().setProbes(8).setFilter("color = 'red'")
    assert {each % 3 for row in ids(red.transform(queries)) for each in row} == {0}
    few = index.copy().setProbes(8).setAllowed(data.filter("id < 4").select("id"))
    assert {tuple(sorted(row)) for row in ids(few.transform(queries))} == {(0, 1, 2, 3)}


def test_join_gives_a_row_for_each_neighbor(index: IvfIndexModel, queries: DataFrame) -> None:
    found = index.join(queries, "query")
    assert found.columns == ["query", "id", "distance"]
    rows = index.transform(queries).collect()
    expected = {(row["query"], n.id, n.distance) for row in rows for n in row.neighbors}
    assert {tuple(row) for row in found.collect()} == expected


def test_build_add_delete_compact(spark: SparkSession, data: DataFrame, place: str) -> None:
    index = IvfIndex(indexDir=place, numLists=4, quantizer="flat", maxIter=1)
    model = index.build(data.filter("id < 900"), data.filter("id < 600"))
    assert model.summary.rows == 900
    assert (model.path, model.lists, model.dimension) == (place, 4, 16)
    model.add(data.filter("id >= 600 and id < 700")).delete(data.filter("id < 50").select("id"))
    assert sorted(row.id for row in model.ids().collect()) == list(range(50, 700))
    model.compact()
    assert IvfIndexModel.load(place).ids(spark).count() == 650
    with pytest.raises(IllegalArgumentException, match="in the index already"):
        model.add(data.filter("id = 600"))


def test_recall_by_probes(
    index: IvfIndexModel, spark: SparkSession, vectors: NDArray[np.float32]
) -> None:
    queries = clustered(20, seed=3)
    frame = spark.createDataFrame(table(queries, truth=list(nearest(vectors, queries, 10))))
    found = plot.recall_by_probes(index, frame, [1, 8], metricName="intersection")
    assert list(found) == [1, 8]
    assert 0 < found[1] <= found[8] <= 1
    again = RecallEvaluator(metricName="intersection")
    assert again.evaluate(index.transform(frame, {index.probes: 8})) == found[8]


@pytest.mark.parametrize("metric", ["l2", "ip", "cosine"])
@pytest.mark.parametrize("quantizer", ["flat", "opq"])
def test_faiss_serves_what_spark_finds(
    data: DataFrame, queries: DataFrame, tmp_path: Path, metric: Any, quantizer: Any
) -> None:
    ivf = IvfIndex(numLists=4, quantizer=quantizer, metric=metric, numCodebooks=4, maxIter=2)
    model = ivf.setIndexDir(str(tmp_path / "index")).setRotationIter(1).fit(data)
    file = tmp_path / "index.faiss"
    model.exportFaiss(str(file))
    assert (tmp_path / "index.faiss.crc32c").exists()
    index = serve.open_index(file, metric)
    assert (len(index), index.dimension, index.lists, index.metric) == (1200, 16, 4, metric)
    for probes in (1, 4):
        found = index.search(clustered(20, seed=3), k=3, probes=probes)
        assert found.ids.dtype == np.int64
        assert found.distances.dtype == np.float32
        rows = model.transform(queries, {model.probes: probes, model.k: 3}).orderBy("query")
        expected = np.array([[n.distance for n in row.neighbors] for row in rows.collect()])
        np.testing.assert_allclose(found.distances, expected, rtol=1e-3, atol=1e-3)
    with pytest.raises(IllegalArgumentException, match="exists"):
        model.exportFaiss(str(file))
    model.exportFaiss(str(file), overwrite=True)


def test_exports_for_fast_scan(index: IvfIndexModel, tmp_path: Path) -> None:
    index.exportFaiss(str(tmp_path / "fast"), fastScan=True)
    assert b"IwPf" in (tmp_path / "fast").read_bytes()
    assert serve.open_index(tmp_path / "fast").lists == 8
    with pytest.raises(TypeError, match="unexpected keyword argument 'fastscan'"):
        index.exportFaiss(str(tmp_path / "other"), fastscan=True)  # type: ignore[call-arg]


def test_fewer_neighbors_than_asked(index: IvfIndexModel, tmp_path: Path) -> None:
    file = tmp_path / "index.faiss"
    index.exportFaiss(str(file))
    served = serve.open_index(file)
    found = served.search(clustered(1), k=1300, probes=8)
    assert (found.ids[0, 1200:] == -1).all()
    assert np.isinf(found.distances[0, 1200:]).all()
    assert served.search(clustered(1)[0]).ids.shape == (1, 10)


def test_serving_says_what_is_wrong(index: IvfIndexModel, tmp_path: Path) -> None:
    file = tmp_path / "index.faiss"
    index.exportFaiss(str(file))
    served = serve.open_index(file)
    for wrong, sentence in (
        (lambda: served.search(np.zeros((2, 3))), r"shape \(2, 3\)"),
        (lambda: served.search(np.full((1, 16), np.nan)), "NaN or infinity"),
        (lambda: served.search(clustered(1), k=0), "k = 0"),
        (lambda: served.search(clustered(1), probes=0), "probes = 0"),
        (lambda: serve.open_index(file, "ip"), "was built for l2"),
    ):
        with pytest.raises(ValueError, match=sentence):
            wrong()
    with pytest.raises(FileNotFoundError, match="there is no index file"):
        serve.open_index(tmp_path / "nothing")
    (tmp_path / "text").write_text("no index")
    (tmp_path / "cut").write_bytes(file.read_bytes()[:2000])
    for name in ("text", "cut"):
        with pytest.raises(ValueError, match=r"is no index that faiss opens: it is .* damaged$"):
            serve.open_index(tmp_path / name)
    with pytest.raises(ValueError, match="metric = 'angular': must be one of l2, ip, cosine"):
        serve.open_index(file, "angular")  # type: ignore[arg-type]


def test_imports_what_it_exported(index: IvfIndexModel, queries: DataFrame, tmp_path: Path) -> None:
    index.exportFaiss(str(tmp_path / "file"))
    again = IvfIndexModel.importFaiss(str(tmp_path / "file"), str(tmp_path / "index"))
    assert ids(again.setProbes(8).transform(queries)) == ids(
        index.copy().setProbes(8).transform(queries)
    )
