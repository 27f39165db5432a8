"""The SQL functions of spark-nsvq on the Spark that is installed: plain PySpark and a jar.

NSVQ_JAR=... pytest --confcutdir python/tests/sql python/tests/sql
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyspark.errors import AnalysisException, IllegalArgumentException
from pyspark.sql import DataFrame, Row, SparkSession, functions

JAR = os.environ["NSVQ_JAR"]

DIMENSION = 8


def first(frame: DataFrame) -> Row:
    row = frame.first()
    assert row is not None
    return row


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    builder = SparkSession.builder.master("local[2]").config("spark.jars", JAR)
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
    }.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture(scope="module")
def saved(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Saves a model of each kind and an index; their paths, and a view of vectors."""
    directory = tmp_path_factory.mktemp("saved")
    random = np.random.default_rng(1)
    rows = [(i, [float(x) for x in random.normal(size=DIMENSION)]) for i in range(500)]
    file = str(directory / "vectors")
    spark.createDataFrame(rows, "id BIGINT, features ARRAY<FLOAT>").write.parquet(file)
    vectors = spark.read.parquet(file)
    vectors.createOrReplaceTempView("vectors")
    spark.sql("SELECT id, features FROM vectors WHERE id < 20").createOrReplaceTempView("queries")
    jvm: Any = spark._jvm
    ml = jvm.io.github.sparknsvq.ml
    paths = {name: str(directory / name) for name in ["vq", "pq", "rq", "sfvq", "index"]}
    stages: list[tuple[str, Any, dict[str, Any]]] = [
        ("vq", ml.VQ(), {"k": 16}),
        ("pq", ml.ProductVQ(), {"numCodebooks": 4, "codebookBits": 4}),
        ("rq", ml.ResidualVQ(), {"numCodebooks": 2, "codebookBits": 8}),
        ("sfvq", ml.SpaceFillingVQ(), {"k": 8}),
        ("index", ml.IvfIndex(), {"numLists": 4, "indexDir": paths["index"]}),
    ]
    for name, estimator, params in stages:
        for param, value in params.items():
            estimator.set(estimator.getParam(param), value)
        model = estimator.fit(vectors._jdf)
        if name != "index":
            model.write().save(paths[name])
    return paths


@pytest.mark.parametrize("kind", ["vq", "pq", "rq"])
def test_codes_are_searched_in_batches_and_decoded(
    spark: SparkSession, saved: dict[str, str], kind: str
) -> None:
    path = saved[kind]
    encoded = spark.sql(
        f"SELECT id, features, nsvq_encode(features, '{path}') AS code FROM vectors"
    )
    assert "BatchedSearch" in encoded._jdf.queryExecution().executedPlan().toString()
    encoded.createOrReplaceTempView("encoded")
    squares = (
        f"zip_with(features, nsvq_decode(code, '{path}'), (x, y) -> double((x - y) * (x - y)))"
    )
    row = first(
        spark.sql(
            f"""SELECT max(abs(nsvq_distance(features, code, '{path}')
                               - aggregate({squares}, 0D, (a, b) -> a + b))) AS difference,
                       count(DISTINCT code) AS codes
                FROM encoded"""
        )
    )
    assert row.difference < 1e-4
    assert row.codes > 1


def test_lines_have_positions(spark: SparkSession, saved: dict[str, str]) -> None:
    path = saved["sfvq"]
    points = spark.sql(
        f"SELECT nsvq_encode(features, '{path}') AS segment,"
        f" nsvq_decode(nsvq_encode(features, '{path}', 'position'), '{path}') AS point FROM vectors"
    )
    assert {row.segment for row in points.collect()} <= set(range(7))
    assert len(first(points).point) == DIMENSION


def test_stands_in_all_clauses(spark: SparkSession, saved: dict[str, str]) -> None:
    call = f"nsvq_encode(features, '{saved['vq']}')"
    groups = spark.sql(
        f"SELECT {call} AS c, count(*) AS n FROM vectors GROUP BY {call} ORDER BY {call}"
    ).collect()
    assert sum(row.n for row in groups) == 500
    for row in groups[:3]:
        assert spark.sql(f"SELECT id FROM vectors WHERE {call} = {row.c}").count() == row.n
    frame = spark.table("vectors")
    assert (
        frame.select(functions.expr(call)).collect()
        == spark.sql(f"SELECT {call} FROM vectors").collect()
    )
    by_name = functions.call_function(
        "nsvq_encode", functions.col("features"), functions.lit(saved["vq"])
    )
    assert frame.select(by_name).collect() == frame.select(functions.expr(call)).collect()


@pytest.mark.parametrize("adaptive", ["true", "false"])
@pytest.mark.parametrize("codegen", ["true", "false"])
def test_searches_by_table_function(
    spark: SparkSession, saved: dict[str, str], adaptive: str, codegen: str
) -> None:
    spark.conf.set("spark.sql.adaptive.enabled", adaptive)
    spark.conf.set("spark.sql.codegen.wholeStage", codegen)
    try:
        index = saved["index"]
        for arguments in [
            f"TABLE(queries), '{index}', 3, 4",
            f"TABLE(SELECT id, features FROM queries), '{index}', k => 3, probes => 4",
        ]:
            found = spark.sql(f"SELECT * FROM nsvq_search({arguments})")
            assert found.columns == ["id", "features", "neighbor_id", "distance", "rank"]
            assert found.count() == 60
            assert found.where("rank = 1 AND id = neighbor_id").count() == 20
        pairs = spark.sql(
            f"SELECT a.id FROM nsvq_search(TABLE(queries), '{index}', 2, 4) a"
            f" JOIN nsvq_search(TABLE(queries), '{index}', 2, 4) b"
            " ON a.id = b.id AND a.rank = b.rank WHERE a.neighbor_id = b.neighbor_id"
        )
        assert pairs.count() == 40
    finally:
        spark.conf.unset("spark.sql.adaptive.enabled")
        spark.conf.unset("spark.sql.codegen.wholeStage")


def test_tells_of_an_index(spark: SparkSession, saved: dict[str, str]) -> None:
    row = first(spark.sql(f"SELECT * FROM nsvq_index_info('{saved['index']}')"))
    assert (row.vectors, row.lists, row.dimension, row.metric) == (500, 4, DIMENSION, "l2")


def test_streams_are_encoded(spark: SparkSession, saved: dict[str, str], tmp_path: Path) -> None:
    spark.table("vectors").write.parquet(str(tmp_path / "in"))
    stream = spark.readStream.schema(spark.table("vectors").schema).parquet(str(tmp_path / "in"))
    coded = stream.select(functions.expr(f"nsvq_encode(features, '{saved['vq']}')").alias("code"))
    query = (
        coded.writeStream.format("memory").queryName("streamed").trigger(availableNow=True).start()
    )
    query.awaitTermination()
    assert spark.table("streamed").count() == 500


@pytest.mark.parametrize(
    ("call", "condition"),
    [
        ("nsvq_encode(features)", "WRONG_NUM_ARGS"),
        ("nsvq_encode(features, string(id))", "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT"),
        ("nsvq_encode(id, 'VQ')", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"),
        ("nsvq_encode(features, NULL)", "DATATYPE_MISMATCH.UNEXPECTED_NULL"),
        ("nsvq_decode(X'00', 'VQ')", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"),
        ("nsvq_encode(features, 'VQ/none')", "PATH_NOT_FOUND"),
        ("nsvq_encode(features, path => 'VQ')", "UNRECOGNIZED_PARAMETER_NAME"),
    ],
)
def test_refuses_in_sparks_words(
    spark: SparkSession, saved: dict[str, str], call: str, condition: str
) -> None:
    with pytest.raises(AnalysisException) as refused:
        spark.sql(f"SELECT {call.replace('VQ', saved['vq'])} FROM vectors")
    assert f"[{condition}" in str(refused.value)


@pytest.mark.parametrize(
    ("call", "condition"),
    [
        ("nsvq_search(TABLE(queries))", "WRONG_NUM_ARGS"),
        ("nsvq_search(TABLE(queries), 'INDEX', 'k')", "UNEXPECTED_INPUT_TYPE"),
        ("nsvq_search(TABLE(queries), string(rand()))", "NON_FOLDABLE_ARGUMENT"),
        ("nsvq_search(TABLE(queries), 'INDEX', many => 3)", "UNRECOGNIZED_PARAMETER_NAME"),
        (
            "nsvq_search(TABLE(queries), 'INDEX', 3, k => 3)",
            "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT",
        ),
        ("nsvq_search(TABLE(queries), index => 'INDEX', 3)", "UNEXPECTED_POSITIONAL_ARGUMENT"),
        ("nsvq_search(TABLE(queries), k => 3)", "REQUIRED_PARAMETER_NOT_FOUND"),
        ("nsvq_index_info('INDEX/none')", "PATH_NOT_FOUND"),
    ],
)
def test_table_functions_refuse_in_sparks_words(
    spark: SparkSession, saved: dict[str, str], call: str, condition: str
) -> None:
    with pytest.raises(AnalysisException) as refused:
        spark.sql(f"SELECT * FROM {call.replace('INDEX', saved['index'])}")
    assert f"[{condition}" in str(refused.value)


def test_refuses_in_one_sentence(spark: SparkSession, saved: dict[str, str]) -> None:
    with pytest.raises(IllegalArgumentException) as refused:
        spark.sql(f"SELECT nsvq_encode(features, '{saved['index']}') FROM vectors")
    assert "holds an IvfIndexModel: a VQModel" in str(refused.value)


def test_describes_itself(spark: SparkSession, saved: dict[str, str]) -> None:
    for name in ["nsvq_encode", "nsvq_decode", "nsvq_distance", "nsvq_search", "nsvq_index_info"]:
        assert f"Usage: {name}(" in str(spark.sql(f"DESCRIBE FUNCTION EXTENDED {name}").collect())
    assert spark.sql("SHOW FUNCTIONS LIKE 'nsvq*'").count() == 5


OVER_CONNECT = """
import sys
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

jar, model, index, vectors = sys.argv[1:]
builder = SparkSession.builder.remote("local[2]").config("spark.jars", jar)
builder = builder.config("spark.sql.extensions", "io.github.sparknsvq.ml.sql.NsvqExtensions")
spark = builder.config("spark.ui.enabled", False).getOrCreate()
frame = spark.read.parquet(vectors)
codes = frame.select(F.expr(f"nsvq_encode(features, '{model}')").alias("code"))
assert codes.distinct().count() > 1
assert frame.select(F.call_function("nsvq_decode", F.lit(3), F.lit(model))).first()[0] is not None
frame.where("id < 20").createOrReplaceTempView("queries")
found = spark.sql(f"SELECT * FROM nsvq_search(TABLE(queries), '{index}', 3, 4)")
assert found.columns == ["id", "features", "neighbor_id", "distance", "rank"]
assert found.count() == 60
assert spark.sql(f"SELECT vectors FROM nsvq_index_info('{index}')").first()[0] == 500
try:
    spark.sql(f"SELECT nsvq_encode(3, '{model}')").collect()
except Exception as refused:
    assert "[DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE]" in str(refused), refused
print("done")
"""


def test_works_over_connect(saved: dict[str, str], tmp_path: Path) -> None:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYSPARK_GATEWAY")
    }
    environment.pop("SPARK_LOCAL_REMOTE", None)
    vectors = os.path.join(os.path.dirname(saved["vq"]), "vectors")
    ran = subprocess.run(
        [sys.executable, "-c", OVER_CONNECT, JAR, saved["vq"], saved["index"], vectors],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.stdout.strip().endswith("done"), ran.stderr[-3000:]
