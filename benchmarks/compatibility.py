"""What users do with spark-nsvq, on the Spark and the Java of this process: prints one line with how many of the
checks passed, and one for each that failed. Called by compatibility.sh as: compatibility.py SCRATCH_DIRECTORY DATA."""

import os
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyspark
import sparknsvq
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.tuning import CrossValidator, CrossValidatorModel, ParamGridBuilder
from sparknsvq import serve
from sparknsvq.ml import (
    AdditiveVQ,
    CodeDecoder,
    IvfIndex,
    IvfIndexModel,
    IvfSearch,
    ProductVQ,
    ProductVQModel,
    RecallEvaluator,
    ResidualVQ,
    SpaceFillingVQ,
    VQ,
    VQEvaluator,
    VQModel,
)

scratch, data = sys.argv[1:3]
ROWS, DIMENSION, QUERIES = 4000, 16, 50
passed, failed = 0, []


def at(name):
    return os.path.join(scratch, name)


def check(name, action, expected):
    """Runs an action; what it returns must be what was expected, or meet it where that is a function."""
    global passed
    try:
        result = action()
        assert expected(result) if callable(expected) else result == expected, f"{result!r} came out"
        passed += 1
    except BaseException as error:  # py4j throws what is no Exception
        lines = str(error).strip().splitlines() or [type(error).__name__]
        failed.append(f"{name}: {lines[0][:300]}")


random = np.random.default_rng(7)
centers = random.normal(size=(32, DIMENSION))
vectors = (centers[random.integers(32, size=ROWS)] + random.normal(scale=0.3, size=(ROWS, DIMENSION))).astype("float32")
pq.write_table(
    pa.table(
        {
            "id": np.arange(ROWS),
            "features": pa.array(list(vectors), pa.list_(pa.float32())),
            "lang": np.where(np.arange(ROWS) % 2 == 0, "de", "en"),
        }
    ),
    at("rows.parquet"),
)
spark = (
    sparknsvq.builder()
    .master("local[2]")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.shuffle.partitions", "4")
    .config("spark.driver.memory", "2g")
    .config("spark.sql.warehouse.dir", at("warehouse"))
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
java = spark._jvm.java.lang.System.getProperty("java.version")
began = time.monotonic()
rows = spark.read.parquet(at("rows.parquet")).cache()
queries = rows.limit(QUERIES).select("id", "features")


def batched(frame):
    return "BatchedSearch" in frame._jdf.queryExecution().executedPlan().toString()


# codebooks
vq = VQ(k=16, maxIter=3, seed=1).fit(rows)
check("VQ fits", lambda: vq.codebook.shape, (16, DIMENSION))
check("VQ transforms", lambda: vq.transform(rows).select("prediction").distinct().count(), lambda n: 8 <= n <= 16)
check("a transform is batched", lambda: batched(vq.transform(rows)), True)
check(
    "distance and reconstruction agree",
    lambda: vq.copy()
    .setDistanceCol("e")
    .setReconstructionCol("r")
    .transform(rows)
    .selectExpr("max(abs(e*e - aggregate(zip_with(features, r, (a, b) -> double((a-b)*(a-b))), 0d, (s, v) -> s + v))) m")
    .first()["m"],
    lambda difference: difference < 1e-3,
)
check(
    "a filter on the prediction",
    lambda: vq.transform(rows).filter("prediction = 3").count() + vq.transform(rows).filter("prediction != 3").count(),
    ROWS,
)
check("VQ saves and loads", lambda: (vq.save(at("vq")), VQModel.load(at("vq")))[1].codebook.tolist(), vq.codebook.tolist())
check("VQ for faiss", lambda: (vq.exportFaiss(at("vq.faiss")), os.path.getsize(at("vq.faiss")))[1], lambda size: size > 1024)
check(
    "VectorUDT and a Pipeline, saved",
    lambda: (
        Pipeline(stages=[VectorAssembler(inputCols=["a", "b"], outputCol="features"), VQ(k=4, maxIter=2)])
        .fit(rows.selectExpr("id", "features[0] a", "features[1] b"))
        .save(at("pipeline")),
        PipelineModel.load(at("pipeline")).transform(rows.selectExpr("features[0] a", "features[1] b")).count(),
    )[1],
    ROWS,
)
check(
    "CrossValidator, saved",
    lambda: (
        CrossValidator(
            estimator=(search := VQ(maxIter=2, distanceCol="distance")),
            estimatorParamMaps=ParamGridBuilder().addGrid(search.k, [2, 16]).build(),
            evaluator=VQEvaluator(),
            numFolds=2,
        )
        .fit(rows)
        .save(at("validated")),
        CrossValidatorModel.load(at("validated")).bestModel.codebook.shape[0],
    )[1],
    16,
)
pq8 = ProductVQ(numCodebooks=4, codebookBits=4, rotation="opq", rotationIter=2, maxIter=2).fit(rows)
check("ProductVQ decodes", lambda: pq8.decode(pq8.transform(rows).select("id", "code")).count(), ROWS)
check(
    "ProductVQ saves and loads",
    lambda: (pq8.save(at("pq")), ProductVQModel.load(at("pq")).transform(rows).select("code").distinct().count())[1],
    lambda n: n > 100,
)
check(
    "CodeDecoder reads by a path",
    lambda: CodeDecoder(modelPath=at("pq")).transform(pq8.transform(rows).select("code")).count(),
    ROWS,
)
rq = ResidualVQ(levelBits=[4, 4], balanced=True, balanceIter=2, maxIter=2, beam=1, codeCol="", codesCol="tokens").fit(rows)
check(
    "ResidualVQ, distinct codes",
    lambda: rq.withDistinctCodes(rq.transform(rows).select("id", "tokens"), "id").select("tokens").distinct().count(),
    ROWS,
)
check(
    "AdditiveVQ",
    lambda: AdditiveVQ(numCodebooks=2, codebookBits=4, maxIter=1, beam=2, jointIter=1).fit(rows).transform(rows).count(),
    ROWS,
)
check(
    "SpaceFillingVQ",
    lambda: SpaceFillingVQ(k=8, maxIter=1).fit(rows).transform(rows).selectExpr("max(position)").first()[0],
    lambda p: p > 0,
)
# an index
index = IvfIndex(numLists=32, quantizer="pq", numCodebooks=8, maxIter=2, attributeCols=["lang"], indexDir=at("index")).fit(rows)
own = "double(sum(int(exists(neighbors, n -> n.id = id)))) / count(*)"
check("an index finds", lambda: index.setK(5).setProbes(8).transform(queries).selectExpr(own).first()[0], lambda r: r > 0.9)
check("an index joins", lambda: index.join(queries.withColumnRenamed("id", "query"), "query").count(), QUERIES * 5)
check(
    "re-ranked, with a filter",
    lambda: index.copy()
    .setRerank(20)
    .setVectors(rows)
    .setFilter("lang = 'de'")
    .transform(queries.filter("lang = 'de'") if "lang" in queries.columns else queries.filter("id % 2 = 0"))
    .selectExpr("max(neighbors[0].distance)")
    .first()[0],
    lambda d: d < 1e-3,
)
check(
    "rows are added and deleted, the index compacted",
    lambda: (
        index.add(rows.selectExpr("id + 100000 id", "features", "'fr' lang")),
        index.delete(rows.limit(10)),
        index.compact(),
        index.ids().count(),
    )[3],
    2 * ROWS - 10,
)
check("an index loads", lambda: IvfIndexModel.load(at("index")).transform(queries).count(), QUERIES)
check("IvfSearch by a path", lambda: IvfSearch(indexDir=at("index"), k=3).transform(queries).count(), QUERIES)
check("an index for faiss", lambda: (index.exportFaiss(at("index.faiss")), os.path.getsize(at("index.faiss")))[1], lambda s: s > 8 * ROWS)
check(
    "faiss opens it",
    lambda: serve.open_index(at("index.faiss")).search(vectors[20:25], k=1, probes=8)[0].shape,
    (5, 1),
)
truth = index.copy().setProbes(32).transform(queries).selectExpr("id", "transform(neighbors, n -> n.id) truth")
check(
    "RecallEvaluator",
    lambda: RecallEvaluator(k=5).evaluate(index.transform(queries).join(truth, "id")),
    lambda recall: 0.5 < recall <= 1,
)
# data sources and SQL
check("bvecs", lambda: spark.read.format("bvecs").load(os.path.join(data, "sift-photos", "query.bvecs")).count(), lambda n: n > 0)
np.save(at("rows.npy"), vectors)
check("npy", lambda: spark.read.format("npy").load(at("rows.npy")).count(), ROWS)
rows.createOrReplaceTempView("rows")
queries.createOrReplaceTempView("queries")
check(
    "nsvq_encode and nsvq_decode",
    lambda: spark.sql(f"select size(nsvq_decode(nsvq_encode(features, '{at('pq')}'), '{at('pq')}')) n from rows").first()["n"],
    DIMENSION,
)
check(
    "nsvq_distance",
    lambda: spark.sql(
        f"select max(nsvq_distance(features, nsvq_encode(features, '{at('pq')}'), '{at('pq')}')) m from rows"
    ).first()["m"],
    lambda m: m > 0,
)
check(
    "nsvq_search",
    lambda: spark.sql(f"select * from nsvq_search(TABLE(queries), '{at('index')}', 3, 8)").count(),
    QUERIES * 3,
)
check("nsvq_index_info", lambda: spark.sql(f"select dimension from nsvq_index_info('{at('index')}')").first()[0], DIMENSION)
if hasattr(type(rows), "nearestByJoin"):
    spark.conf.set("spark.nsvq.nearest.index", at("index"))
    spark.conf.set("spark.nsvq.nearest.maxStaleness", "unlimited")
    nearest = """select q.id q, r.id r from queries q join rows r
        approx nearest 3 by distance vector_l2_distance(q.features, r.features)"""
    check("APPROX NEAREST", lambda: spark.sql(nearest).count(), QUERIES * 3)
    check(
        "APPROX NEAREST takes the index",
        lambda: "IndexSearch" in spark.sql(nearest)._jdf.queryExecution().executedPlan().toString(),
        True,
    )
print(
    f"Spark {pyspark.__version__:6} Java {java:10} {passed:2} of {passed + len(failed)} checks passed"
    f"  ({time.monotonic() - began:.0f} s)",
    *failed,
    sep="\n    ",
    flush=True,
)
spark.stop()
sys.exit(bool(failed))
