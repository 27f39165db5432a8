"""Times the nearest-neighbor join of Spark with its rule on and off: nearest_join.py JAR DATA WORK OWN_SUMMARIES OWN_SIFT."""

import json
import sys
import time

import pyspark
from pyspark.sql import DataFrame, SparkSession

JAR, DATA, WORK = sys.argv[1:4]
K, LISTS = 10, 256
SQL = f"SELECT q.id AS query, base.id FROM q JOIN base APPROX NEAREST {K} BY DISTANCE vector_l2_distance(q.vector, base.features)"
CASES = [
    # name, vectors, queries, how many, how many of these Spark's own plan gets, probes
    ("summaries", "summaries/base.fvecs", "summaries/query.fvecs", 1_000, int(sys.argv[4]), 112),
    ("sift-photos", "sift-photos/base.bvecs", "sift-photos/learn.bvecs", 10_000, int(sys.argv[5]), 24),
]

spark = (
    SparkSession.builder.master("local[*]")
    .config("spark.jars", JAR)
    .config("spark.ui.enabled", "false")
    .config("spark.ui.showConsoleProgress", "false")
    .config("spark.sql.shuffle.partitions", "4")
    .config("spark.driver.memory", "3g")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
ivf = spark._jvm.io.github.sparknsvq.ml


def params(stage, **values):
    for name, value in values.items():
        stage.set(stage.getParam(name), value)
    return stage


def timed(make):
    start = time.perf_counter()
    frame = make()
    found = {}
    for query, neighbor in frame.collect():
        found.setdefault(query, set()).add(neighbor)
    return time.perf_counter() - start, found


def warm(make, runs=3):
    """The median of several runs, after one that does not count; and what was found."""
    timed(make)
    return sorted((timed(make) for _ in range(runs)), key=lambda run: run[0])[runs // 2]


def limited(count):
    """Names the first queries q."""
    spark.table("queries").where(f"id < {count}").createOrReplaceTempView("q")


for name, vectors, queries, count, own, probes in CASES:
    for table, file in [("base", vectors), ("queries", queries)]:
        path = f"{WORK}/{name}-{table}"
        data = spark.read.format(file.rsplit(".", 1)[1]).load(f"{DATA}/{file}")
        if table == "queries":
            data = data.where(f"id < {count}").withColumnRenamed("features", "vector")
        data.repartition(4 if table == "base" else 2).write.parquet(path)
        spark.read.parquet(path).createOrReplaceTempView(table)
    base = spark.table("base")
    index = f"{WORK}/{name}-index"
    start = time.perf_counter()
    params(ivf.IvfIndex(), numLists=LISTS, quantizer="flat", maxIter=8, indexDir=index).fit(base._jdf)
    built = time.perf_counter() - start
    spark.conf.set("spark.nsvq.nearest.index.base", index)
    spark.conf.set("spark.nsvq.nearest.probes", str(probes))

    limited(count)
    spark.conf.set("spark.nsvq.nearest.enabled", "true")
    assert "IndexSearch" in spark.sql(SQL)._jdf.queryExecution().toString()
    seconds, found = warm(lambda: spark.sql(SQL))
    model = params(ivf.IvfIndexModel.load(index), k=K, probes=probes, featuresCol="vector")
    join_seconds, joined = warm(lambda: DataFrame(model.join(spark.table("q")._jdf, "id"), spark).select("query", "id"))

    spark.conf.set("spark.nsvq.nearest.enabled", "false")
    assert "IndexSearch" not in spark.sql(SQL)._jdf.queryExecution().toString()
    limited(10)
    timed(lambda: spark.sql(SQL))
    limited(own)
    own_seconds, exact = timed(lambda: spark.sql(SQL))
    scaled = own_seconds * count / own
    hits = sum(len(exact[query] & found.get(query, set())) for query in exact)
    row = {
        "spark": pyspark.__version__,
        "data": name,
        "queries": count,
        "rows": base.count(),
        "probes": f"{probes} of {LISTS}",
        "buildSeconds": round(built, 1),
        "seconds": round(seconds, 2),
        "joinSeconds": round(join_seconds, 2),
        "ownQueries": own,
        "ownSeconds": round(own_seconds, 1),
        "ownSecondsForAll": round(scaled, 1),
        "timesFaster": round(scaled / seconds, 1),
        "recall@10": round(hits / (K * len(exact)), 4),
        "sameAsJoin": found == joined,
    }
    print(json.dumps(row), flush=True)
