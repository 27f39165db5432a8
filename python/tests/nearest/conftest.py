"""A session of plain pyspark with the jar that NSVQ_JAR names, tables of vectors, and indexes of them."""

import os
import shutil
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
pyspark = pytest.importorskip("pyspark")

VECTORS, QUERIES, DIMENSION, LISTS = 600, 40, 8, 12
EXTENSIONS = "io.github.sparknsvq.ml.sql.NsvqExtensions"


def clustered(rows: Any, seed: Any) -> Any:
    random = np.random.default_rng(seed)
    centers = np.random.default_rng(0).normal(size=(15, DIMENSION)) * 3
    return (centers[random.integers(15, size=rows)] + random.normal(size=(rows, DIMENSION))).astype(
        np.float32
    )


@pytest.fixture(scope="session")
def spark(tmp_path_factory: Any) -> Any:
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.jars", os.environ["NSVQ_JAR"])
        # the jar names its extensions itself: twice should do no harm
        .config("spark.sql.extensions", EXTENSIONS)
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.driver.memory", "2g")
        .config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def with_params(stage: Any, params: Any) -> Any:
    for name, value in params.items():
        stage.set(stage.getParam(name), value)
    return stage


def build(
    spark: Any,
    data: Any,
    path: Any,
    metric: Any = "l2",
    quantizer: Any = "flat",
    id_col: Any = "id",
    attributes: Any = (),
) -> Any:
    """Builds an index whose searches look at all lists."""
    names = spark.sparkContext._gateway.new_array(spark._jvm.java.lang.String, len(attributes))
    for i, name in enumerate(attributes):
        names[i] = name
    params = {
        "numLists": LISTS,
        "quantizer": quantizer,
        "metric": metric,
        "maxIter": 3,
        "idCol": id_col,
        "probes": LISTS,
        "indexDir": str(path),
        "attributeCols": names,
    }
    if quantizer == "pq":
        params |= {"numCodebooks": 2, "codebookBits": 4}
    index = with_params(spark._jvm.io.github.sparknsvq.ml.IvfIndex(), params)
    return index.fit(data._jdf)


@pytest.fixture(scope="session")
def tables(spark: Any, tmp_path_factory: Any) -> Any:
    """The tables base and queries, and the directory of base's indexes l2, cosine, ip and pq."""
    root = tmp_path_factory.mktemp("indexes")
    floats = "array<float>"
    base = spark.createDataFrame(
        [
            (i, v.tolist(), f"title {i}", ["red", "green", None][i % 3], i % 10)
            for i, v in enumerate(clustered(VECTORS, 1))
        ],
        f"id bigint, features {floats}, title string, color string, size int",
    )
    base.repartition(3).write.saveAsTable("base")
    queries = [(i, v.tolist()) for i, v in enumerate(clustered(QUERIES, 2))]
    spark.createDataFrame(queries, f"qid bigint, q {floats}").repartition(2).write.saveAsTable(
        "queries"
    )
    base = spark.table("base")
    for metric in ["l2", "cosine", "ip"]:
        build(spark, base, root / metric, metric=metric, attributes=["color", "size"])
    build(spark, base, root / "pq", quantizer="pq")
    return root


@pytest.fixture(autouse=True)
def settings(spark: Any) -> Any:
    """Takes back all settings of a test."""
    yield
    for name in spark.conf.getAll:
        if name.startswith("spark.nsvq.nearest."):
            spark.conf.unset(name)
    spark.conf.unset("spark.sql.adaptive.enabled")
    spark.catalog.clearCache()


@pytest.fixture
def indexed(spark: Any, tables: Any) -> Any:
    """Names the l2 index of base."""
    spark.conf.set("spark.nsvq.nearest.index.base", str(tables / "l2"))
    return tables / "l2"


@pytest.fixture
def copied(spark: Any, tables: Any, tmp_path: Any) -> Any:
    """Names a copy of the l2 index of base, which may be changed."""
    shutil.copytree(tables / "l2", tmp_path / "copy")
    spark.conf.set("spark.nsvq.nearest.index.base", str(tmp_path / "copy"))
    return tmp_path / "copy"
