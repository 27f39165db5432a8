"""All of the package over Spark Connect, with a client that has no JVM.

Run apart from the other tests (``pytest tests/connect``): a Python process has one kind of session.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyspark.errors import IllegalArgumentException
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.tuning import CrossValidator, ParamGridBuilder
from pyspark.sql import DataFrame, SparkSession, is_remote
from pyspark.sql.connect.client.reattach import ExecutePlanResponseReattachableIterator

import sparknsvq
from sparknsvq import (
    VQ,
    AdditiveVQ,
    CodeDecoder,
    DistinctCodes,
    IvfIndex,
    IvfIndexModel,
    IvfSearch,
    ProductVQ,
    RecallEvaluator,
    ResidualVQ,
    SpaceFillingVQ,
    UsageEvaluator,
    VQEvaluator,
    VQModel,
    serve,
)
from tests.conftest import clustered, table

VECTORS = clustered(600)
QUERIES = clustered(10, seed=3)
ESTIMATORS: list[tuple[Callable[[], Any], str]] = [
    (lambda: VQ(k=8, maxIter=2, seed=2**40), "prediction"),
    (lambda: ProductVQ(numCodebooks=4, codebookBits=4, maxIter=2), "code"),
    (lambda: ResidualVQ(levelBits=[3, 4], maxIter=2, jointIter=1), "code"),
    (lambda: AdditiveVQ(numCodebooks=2, codebookBits=4, maxIter=2, jointIter=1), "code"),
    (lambda: SpaceFillingVQ(k=8, maxIter=2), "position"),
]


@pytest.fixture(scope="module")
def data(spark: SparkSession) -> DataFrame:
    colors = np.array(["red", "green"])[np.arange(len(VECTORS)) % 2]
    return spark.createDataFrame(table(VECTORS, color=colors))


@pytest.fixture(scope="module")
def queries(spark: SparkSession) -> DataFrame:
    distances = ((QUERIES[:, None, :] - VECTORS[None, :, :]) ** 2).sum(axis=2)
    truth = list(np.argsort(distances, axis=1, kind="stable")[:, :5])
    return spark.createDataFrame(table(QUERIES, truth=truth)).withColumnRenamed("id", "query")


@pytest.fixture(scope="module")
def directory(data: DataFrame, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The directory of an index of all vectors."""
    place = str(tmp_path_factory.mktemp("connect") / "index")
    ivf = IvfIndex(indexDir=place, numLists=4, numCodebooks=16, codebookBits=4)
    ivf.setMaxIter(2).setAttributeCols(["color"]).fit(data)
    return place


def neighbors(found: DataFrame) -> list[list[int]]:
    return [[n.id for n in row.neighbors] for row in found.orderBy("query").collect()]


def test_the_client_has_no_jvm(spark: SparkSession) -> None:
    assert is_remote()
    assert sparknsvq.attach(spark) is spark
    from pyspark import SparkContext

    assert SparkContext._active_spark_context is None


@pytest.mark.parametrize(("make", "column"), ESTIMATORS)
def test_fit_transform_save_and_load(
    data: DataFrame, tmp_path: Path, make: Callable[[], Any], column: str
) -> None:
    estimator = make()
    estimator.write().save(str(tmp_path / "estimator"))
    loaded = type(estimator).load(str(tmp_path / "estimator"))
    set_now = {param.name: value for param, value in loaded._paramMap.items()}
    for param, value in estimator._paramMap.items():
        assert set_now[param.name] == value
    model = loaded.setReconstructionCol("stands_for").fit(data)
    encoded = model.transform(data).orderBy("id")
    rows = encoded.select("id", column).collect()
    path = str(tmp_path / "model")
    model.write().save(path)
    model.write().overwrite().save(path)
    again = type(model).load(path)
    assert again.transform(data).select("id", column).orderBy("id").collect() == rows
    assert "uid=" in repr(model)
    decoder = CodeDecoder(modelPath=path, reconstructionCol="decoded")
    for row in decoder.transform(encoded).take(20):
        np.testing.assert_allclose(row.decoded, row.stands_for, rtol=1e-5, atol=1e-5)
    decoder.save(str(tmp_path / "decoder"))
    assert CodeDecoder.load(str(tmp_path / "decoder")).getModelPath() == path


def test_pipeline(data: DataFrame, tmp_path: Path) -> None:
    stages: list[Any] = [VQ(k=8, maxIter=2), ProductVQ(numCodebooks=4, codebookBits=4, maxIter=1)]
    model = Pipeline(stages=stages).fit(data)
    model.write().save(str(tmp_path / "model"))
    again = PipelineModel.load(str(tmp_path / "model"))
    assert [type(stage) for stage in again.stages] == [type(stage) for stage in model.stages]
    rows = model.transform(data).select("prediction", "code", "id").orderBy("id").collect()
    found = again.transform(data).select("prediction", "code", "id").orderBy("id").collect()
    assert found == rows


def test_evaluators_and_cross_validation(data: DataFrame) -> None:
    vq = VQ(maxIter=2, distanceCol="distance")
    grid = ParamGridBuilder().addGrid(vq.k, [2, 8]).build()
    validator = CrossValidator(
        estimator=vq, estimatorParamMaps=grid, evaluator=VQEvaluator(), numFolds=2
    )
    model = validator.fit(data)
    assert isinstance(model.bestModel, VQModel)
    assert model.bestModel.getK() == 8
    encoded = model.bestModel.transform(data)
    bits = UsageEvaluator(metricName="averageDisclosure", k=8).evaluate(encoded)
    assert 0 < bits <= 3


def test_summary(data: DataFrame) -> None:
    model = VQ(k=8, maxIter=3).fit(data)
    assert model.hasSummary
    summary = model.summary
    assert (summary.k, summary.numIter, sum(summary.clusterSizes)) == (8, 3, len(VECTORS))
    assert len(summary.objectiveHistory) == 3
    assert summary.trainingCost > 0
    assert summary.predictions.count() == len(VECTORS)
    with pytest.raises(NotImplementedError, match=r"summary\.perplexity cannot be called over"):
        _ = summary.perplexity
    coded = ProductVQ(numCodebooks=4, codebookBits=4, maxIter=2).fit(data)
    assert len(coded.summary.objectiveHistory) == coded.summary.totalIterations > 0


def test_distinct_codes(data: DataFrame) -> None:
    rq = ResidualVQ(levelBits=[2, 2], maxIter=1, jointIter=1, codesCol="codes")
    encoded = rq.fit(data).transform(data)
    codes = [tuple(row.codes) for row in DistinctCodes().transform(encoded).collect()]
    assert len(set(codes)) == len(VECTORS)
    assert {len(code) for code in codes} == {3}


def test_index_search(data: DataFrame, queries: DataFrame, directory: str, tmp_path: Path) -> None:
    model = IvfIndexModel.load(directory).setProbes(4).setK(5)
    found = model.transform(queries)
    search = IvfSearch(indexDir=directory, probes=4, k=5)
    assert neighbors(search.transform(queries)) == neighbors(found)
    assert RecallEvaluator(k=5).evaluate(found) > 0.5
    red = search.copy().setFilter("color = 'red'").transform(queries)
    assert {each % 2 for row in neighbors(red) for each in row} == {0}
    joined = model.join(queries, "query")
    assert joined.columns == ["query", "id", "distance"]
    assert joined.count() == 50
    search.save(str(tmp_path / "search"))
    assert neighbors(IvfSearch.load(str(tmp_path / "search")).transform(queries)) == neighbors(
        found
    )


def test_vectors_and_allowed_ids(data: DataFrame, queries: DataFrame, directory: str) -> None:
    exact = [row.truth for row in queries.orderBy("query").collect()]
    model = IvfIndexModel.load(directory).setProbes(4).setK(5).setRerank(300).setVectors(data)
    assert neighbors(model.transform(queries)) == exact
    data.createOrReplaceTempView("all_vectors")
    search = IvfSearch(indexDir=directory, probes=4, k=5, rerank=300, vectorsTable="all_vectors")
    assert neighbors(search.transform(queries)) == exact
    few = IvfIndexModel.load(directory).setProbes(4).setAllowed(data.filter("id < 3").select("id"))
    assert {tuple(sorted(row)) for row in neighbors(few.transform(queries))} == {(0, 1, 2)}


def test_export_and_serve(queries: DataFrame, directory: str, tmp_path: Path) -> None:
    model = IvfIndexModel.load(directory).setProbes(4).setK(5)
    model.write().option("format", "faiss").save(str(tmp_path / "index.faiss"))
    model.exportFaiss(str(tmp_path / "index.faiss"), overwrite=True)
    served = serve.open_index(tmp_path / "index.faiss")
    found = served.search(QUERIES, k=5, probes=4)
    rows = model.transform(queries).orderBy("query").collect()
    expected = np.array([[n.distance for n in row.neighbors] for row in rows])
    np.testing.assert_allclose(found.distances, expected, rtol=1e-3, atol=1e-3)


def test_starts_from_a_saved_model(data: DataFrame, tmp_path: Path) -> None:
    VQ(k=8, maxIter=2).fit(data).save(str(tmp_path / "start"))
    kept = VQ(k=8, maxIter=0, initialModelPath=str(tmp_path / "start")).fit(data)
    first = VQModel.load(str(tmp_path / "start")).transform(data).orderBy("id").collect()
    assert kept.transform(data).orderBy("id").collect() == first


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda m: m.codebook, "spark.read.parquet"),
        (lambda m: m.predict(VECTORS[0]), "use transform"),
        (lambda m: m.encode(VECTORS), "use transform"),
        (lambda m: m.decode(np.array([1])), "use CodeDecoder"),
        (lambda m: VQ().setInitialModel(m), "set initialModelPath"),
        (lambda m: IvfIndexModel.importFaiss("a", "b"), "nsvq import"),
    ],
)
def test_what_needs_a_jvm_says_what_works(
    data: DataFrame, call: Callable[[VQModel], Any], sentence: str
) -> None:
    model = VQ(k=2, maxIter=0).fit(data)
    with pytest.raises(NotImplementedError, match="over Spark Connect: ") as refused:
        call(model)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_collected_model_is_let_go_without_the_locks_of_the_client(
    spark: Any, data: DataFrame
) -> None:
    def held(name: str) -> bool:
        known = spark.client._get_ml_cache_info()
        return any(name in each for each in known)

    def collect() -> None:
        with pool._shutdown_lock:  # as in ThreadPoolExecutor.submit
            gc.collect()

    iterator: Any = ExecutePlanResponseReattachableIterator
    pool = iterator._get_or_create_release_thread_pool()
    model: Any = VQ(k=2, maxIter=0).fit(data)
    model.in_a_cycle = model
    name = model._java_obj.ref_id
    assert held(name)
    del model
    collector = threading.Thread(target=collect, daemon=True)
    collector.start()
    collector.join(30)
    assert not collector.is_alive()
    ends = time.monotonic() + 30
    while held(name):
        assert time.monotonic() < ends
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda data: VQ(k=0).fit(data), "k = 0: at least 1 is needed"),
        (lambda data: VQ(featuresCol="x").fit(data), "there is no column 'x'"),
        (lambda data: VQEvaluator().evaluate(data), "there is no column 'distance'"),
        (
            lambda data: VQModel.load("/there/is/nothing"),
            "/there/is/nothing is not a saved",
        ),
    ],
)
def test_errors_are_one_line(
    data: DataFrame, call: Callable[[DataFrame], Any], sentence: str
) -> None:
    with pytest.raises(IllegalArgumentException) as refused:
        call(data)
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)
