"""The SQL functions of spark-nsvq on the Spark that is installed: plain PySpark, with the jar that NSVQ_JAR names."""

import os
import subprocess
import sys

import numpy as np
import pytest
from pyspark.errors import AnalysisException, IllegalArgumentException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

JAR = os.environ["NSVQ_JAR"]

DIMENSION = 8


@pytest.fixture(scope="module", params=["jar alone", "spark.sql.extensions"])
def spark(request):
    builder = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", False)
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", 2)
        .config("spark.jars", JAR)
    )
    if request.param != "jar alone":
        builder = builder.config("spark.sql.extensions", "io.github.sparknsvq.ml.sql.NsvqExtensions")
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture(scope="module")
def saved(spark, tmp_path_factory):
    """Saves a model of each kind and an index; their paths, and a view of vectors."""
    directory = tmp_path_factory.mktemp("saved")
    random = np.random.default_rng(1)
    rows = [(i, [float(x) for x in random.normal(size=DIMENSION)]) for i in range(500)]
    file = str(directory / "vectors")
    spark.createDataFrame(rows, "id BIGINT, features ARRAY<FLOAT>").write.parquet(file)
    vectors = spark.read.parquet(file)
    vectors.createOrReplaceTempView("vectors")
    spark.sql("SELECT id, features FROM vectors WHERE id < 20").createOrReplaceTempView("queries")
    ml = spark._jvm.io.github.sparknsvq.ml
    paths = {name: str(directory / name) for name in ["vq", "pq", "rq", "sfvq", "index"]}
    for name, estimator, params in [
        ("vq", ml.VQ(), {"k": 16}),
        ("pq", ml.ProductVQ(), {"numCodebooks": 4, "codebookBits": 4}),
        ("rq", ml.ResidualVQ(), {"numCodebooks": 2, "codebookBits": 8}),
        ("sfvq", ml.SpaceFillingVQ(), {"k": 8}),
        ("index", ml.IvfIndex(), {"numLists": 4, "indexDir": paths["index"]}),
    ]:
        for param, value in params.items():
            estimator.set(estimator.getParam(param), value)
        model = estimator.fit(vectors._jdf)
        if name != "index":
            model.write().save(paths[name])
    return paths


@pytest.mark.parametrize("kind", ["vq", "pq", "rq"])
def test_codes_are_searched_in_batches_and_decoded(spark, saved, kind):
    path = saved[kind]
    encoded = spark.sql(f"SELECT id, features, nsvq_encode(features, '{path}') AS code FROM vectors")
    assert "BatchedSearch" in encoded._jdf.queryExecution().executedPlan().toString()
    encoded.createOrReplaceTempView("encoded")
    row = spark.sql(
        f"""SELECT max(abs(nsvq_distance(features, code, '{path}')
                           - aggregate(zip_with(features, nsvq_decode(code, '{path}'), (x, y) -> double((x-y)*(x-y))),
                                       0D, (a, b) -> a + b))) AS difference,
                   count(DISTINCT code) AS codes
            FROM encoded"""
    ).first()
    assert row.difference < 1e-4
    assert row.codes > 1


def test_lines_have_positions(spark, saved):
    path = saved["sfvq"]
    points = spark.sql(
        f"SELECT nsvq_encode(features, '{path}') AS segment,"
        f" nsvq_decode(nsvq_encode(features, '{path}', 'position'), '{path}') AS point FROM vectors"
    )
    assert {row.segment for row in points.collect()} <= set(range(7))
    assert len(points.first().point) == DIMENSION


def test_stands_in_all_clauses(spark, saved):
    call = f"nsvq_encode(features, '{saved['vq']}')"
    groups = spark.sql(f"SELECT {call} AS c, count(*) AS n FROM vectors GROUP BY {call} ORDER BY {call}").collect()
    assert sum(row.n for row in groups) == 500
    for row in groups[:3]:
        assert spark.sql(f"SELECT id FROM vectors WHERE {call} = {row.c}").count() == row.n
    frame = spark.table("vectors")
    assert frame.select(F.expr(call)).collect() == spark.sql(f"SELECT {call} FROM vectors").collect()
    by_name = F.call_function("nsvq_encode", F.col("features"), F.lit(saved["vq"]))
    assert frame.select(by_name).collect() == frame.select(F.expr(call)).collect()


@pytest.mark.parametrize("adaptive", ["true", "false"])
@pytest.mark.parametrize("codegen", ["true", "false"])
def test_searches_by_table_function(spark, saved, adaptive, codegen):
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
            f" JOIN nsvq_search(TABLE(queries), '{index}', 2, 4) b ON a.id = b.id AND a.rank = b.rank"
            " WHERE a.neighbor_id = b.neighbor_id"
        )
        assert pairs.count() == 40
    finally:
        spark.conf.unset("spark.sql.adaptive.enabled")
        spark.conf.unset("spark.sql.codegen.wholeStage")


def test_tells_of_an_index(spark, saved):
    row = spark.sql(f"SELECT * FROM nsvq_index_info('{saved['index']}')").first()
    assert (row.vectors, row.lists, row.dimension, row.metric) == (500, 4, DIMENSION, "l2")


def test_streams_are_encoded(spark, saved, tmp_path):
    spark.table("vectors").write.parquet(str(tmp_path / "in"))
    stream = spark.readStream.schema(spark.table("vectors").schema).parquet(str(tmp_path / "in"))
    coded = stream.select(F.expr(f"nsvq_encode(features, '{saved['vq']}')").alias("code"))
    query = coded.writeStream.format("memory").queryName("streamed").trigger(availableNow=True).start()
    query.awaitTermination()
    assert spark.table("streamed").count() == 500


@pytest.mark.parametrize(
    "call, condition",
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
def test_refuses_in_sparks_words(spark, saved, call, condition):
    with pytest.raises(AnalysisException) as refused:
        spark.sql(f"SELECT {call.replace('VQ', saved['vq'])} FROM vectors")
    assert f"[{condition}" in str(refused.value)


@pytest.mark.parametrize(
    "call, condition",
    [
        ("nsvq_search(TABLE(queries))", "WRONG_NUM_ARGS"),
        ("nsvq_search(TABLE(queries), 'INDEX', 'k')", "UNEXPECTED_INPUT_TYPE"),
        ("nsvq_search(TABLE(queries), string(rand()))", "NON_FOLDABLE_ARGUMENT"),
        ("nsvq_search(TABLE(queries), 'INDEX', many => 3)", "UNRECOGNIZED_PARAMETER_NAME"),
        ("nsvq_search(TABLE(queries), 'INDEX', 3, k => 3)", "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT"),
        ("nsvq_search(TABLE(queries), index => 'INDEX', 3)", "UNEXPECTED_POSITIONAL_ARGUMENT"),
        ("nsvq_search(TABLE(queries), k => 3)", "REQUIRED_PARAMETER_NOT_FOUND"),
        ("nsvq_index_info('INDEX/none')", "PATH_NOT_FOUND"),
    ],
)
def test_table_functions_refuse_in_sparks_words(spark, saved, call, condition):
    with pytest.raises(AnalysisException) as refused:
        spark.sql(f"SELECT * FROM {call.replace('INDEX', saved['index'])}")
    assert f"[{condition}" in str(refused.value)


def test_refuses_in_one_sentence(spark, saved):
    with pytest.raises(IllegalArgumentException) as refused:
        spark.sql(f"SELECT nsvq_encode(features, '{saved['index']}') FROM vectors")
    assert "holds an IvfIndexModel: a VQModel" in str(refused.value)


def test_describes_itself(spark, saved):
    for name in ["nsvq_encode", "nsvq_decode", "nsvq_distance", "nsvq_search", "nsvq_index_info"]:
        assert f"Usage: {name}(" in str(spark.sql(f"DESCRIBE FUNCTION EXTENDED {name}").collect())
    assert spark.sql("SHOW FUNCTIONS LIKE 'nsvq*'").count() == 5


OVER_CONNECT = """
import sys
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

jar, model, index, vectors = sys.argv[1:]
spark = SparkSession.builder.remote("local[2]").config("spark.jars", jar).config("spark.ui.enabled", False).getOrCreate()
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


def test_works_over_connect(saved, tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYSPARK_GATEWAY")}
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
