"""Times fit, transform and search by the Python package and by Java in turns, in one JVM.

    python_overhead.py DATA_DIR CLASSES INDEX_DIR ROUNDS

A line for each: median seconds of both, and the overhead, the median of the rounds' ratios with the middle half.
"""

import statistics
import sys
import time

import sparknsvq

K, MAX_ITER, LISTS, NEIGHBORS, PROBES = 256, 10, 256, 10, 16
WARM_UP = 3

files, classes, directory, rounds = *sys.argv[1:4], int(sys.argv[4])
# the classes that call the jar's have to find them: both on one class path
class_path = f"{classes}:{sparknsvq.jar_path()}"
builder = sparknsvq.builder().master("local[*]").config("spark.driver.extraClassPath", class_path)
builder = builder.config("spark.ui.enabled", "false").config("spark.driver.memory", "4g")
spark = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
java = spark._jvm.io.github.sparknsvq.benchmarks.PythonOverhead


def cached(name):
    data = spark.read.format("bvecs").load(f"{files}/{name}.bvecs").cache()
    print(f"# {name}: {data.count()} rows")
    return data


def noop(rows):
    rows.write.format("noop").mode("overwrite").save()


def timed(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


learn, base, queries = cached("learn"), cached("base"), cached("query")
model = sparknsvq.VQ(k=K, maxIter=MAX_ITER, seed=1).fit(learn)
java.index(base._jdf, directory, LISTS)
index = sparknsvq.IvfIndexModel.load(directory)
# a copy for Java, since models keep things of their last use
java_model, java_index = model.copy(), index.copy()
what = {
    f"fit, k = {K}, {MAX_ITER} passes": (
        lambda: java.fit(learn._jdf, K, MAX_ITER),
        lambda: sparknsvq.VQ(k=K, maxIter=MAX_ITER, seed=1).fit(learn),
    ),
    "transform of base": (
        lambda: java.transform(java_model._java_obj, base._jdf),
        lambda: noop(model.transform(base)),
    ),
    f"search of query, {PROBES} of {LISTS} lists": (
        lambda: java.search(java_index._java_obj, queries._jdf, NEIGHBORS, PROBES),
        lambda: noop(index.setK(NEIGHBORS).setProbes(PROBES).transform(queries)),
    ),
}
print(f"# {rounds} rounds each after {WARM_UP} to warm up; which of the two goes first alternates")
print("# overhead: median of the rounds' ratios, with the middle half, and that of the fastest rounds\n")
print(f"{'':36}{'java s':>9}{'python s':>10}{'overhead':>10}{'middle half':>20}{'fastest':>11}")
for name, (in_java, in_python) in what.items():
    pairs = []
    for turn in range(WARM_UP + rounds):
        if turn % 2:
            seconds = timed(in_python)
            pairs.append((in_java(), seconds))
        else:
            seconds = in_java()
            pairs.append((seconds, timed(in_python)))
    pairs = pairs[WARM_UP:]
    ratios = [100 * (python / java_seconds - 1) for java_seconds, python in pairs]
    low, middle, high = statistics.quantiles(ratios, n=4)
    java_seconds, python_seconds = zip(*pairs, strict=True)
    medians = statistics.median(java_seconds), statistics.median(python_seconds)
    fastest = 100 * (min(python_seconds) / min(java_seconds) - 1)
    half = f"{low:+.1f} to {high:+.1f} %"
    print(f"{name:36}{medians[0]:9.3f}{medians[1]:10.3f}{middle:+8.1f} %{half:>20}{fastest:+9.1f} %", flush=True)
spark.stop()
