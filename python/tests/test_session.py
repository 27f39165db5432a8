"""Sessions with and without the jar, and the package without Spark."""

from __future__ import annotations

import pickle
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

import sparknsvq


def run(code: str) -> str:
    """Run code in a Python of its own, and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_attach_gives_the_session_back(spark: SparkSession) -> None:
    assert sparknsvq.attach(spark) is spark


def test_the_jar_is_a_file() -> None:
    assert Path(sparknsvq.jar_path()).is_file()


def test_a_jar_that_is_named_and_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSVQ_JAR", "/no/such.jar")
    with pytest.raises(FileNotFoundError, match=r"NSVQ_JAR=/no/such\.jar is no file"):
        sparknsvq.jar_path()


def test_classes_have_the_names_of_the_java_stages(spark: SparkSession) -> None:
    assert sparknsvq.VQ.__module__ == "io.github.sparknsvq.ml"
    assert pickle.loads(pickle.dumps(sparknsvq.VQ)) is sparknsvq.VQ
    import io

    assert io.StringIO("still there").read() == "still there"


def test_sessions_without_the_jar_and_without_any() -> None:
    said = run(
        """
        import sparknsvq
        from pyspark.sql import SparkSession

        def told(what):
            try:
                what()
            except RuntimeError as e:
                print(e)

        told(lambda: sparknsvq.VQ(k=2))
        plain = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
        spark = plain.getOrCreate()
        told(lambda: sparknsvq.attach(spark))
        told(lambda: sparknsvq.VQ(k=2))
        spark.stop()
        spark = sparknsvq.builder().master("local[1]").getOrCreate()
        print(sparknsvq.attach(spark) is spark, sparknsvq.VQ(k=2).getK())
        spark.stop()
        """
    ).splitlines()
    none, without, made, after = said
    assert none == "no Spark session is running: start one with sparknsvq.builder().getOrCreate()"
    assert without == made
    assert without.startswith("this Spark session does not see spark-nsvq's jar: stop the session")
    assert sparknsvq.jar_path() in without
    assert after == "True 2"


def test_a_connect_server_that_the_builder_starts_has_the_jar() -> None:
    said = run(
        """
        import os
        os.environ["SPARK_TESTING"] = "1"  # a port that is free
        import sparknsvq
        spark = sparknsvq.builder().remote("local[1]").getOrCreate()
        print(sparknsvq.attach(spark) is spark)
        print(spark.sql("SHOW FUNCTIONS LIKE 'nsvq_encode'").count())
        spark.stop()
        """
    )
    assert said.split() == ["True", "1"]


def test_jars_of_add_jar_are_not_seen() -> None:
    said = run(
        """
        import sparknsvq
        from pyspark.sql import SparkSession

        plain = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
        spark = plain.getOrCreate()
        spark.sql(f"ADD JAR '{sparknsvq.jar_path()}'")
        try:
            sparknsvq.attach(spark)
        except RuntimeError as e:
            print(e)
        spark.stop()
        """
    )
    assert said.startswith("this Spark session was given spark-nsvq's jar by ADD JAR")


def test_loading_without_the_jar() -> None:
    said = run(
        """
        import sparknsvq
        from pyspark.sql import SparkSession

        def told(what):
            try:
                what()
            except RuntimeError as e:
                print(e)

        told(lambda: sparknsvq.VQModel.load("model"))
        plain = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
        spark = plain.getOrCreate()
        told(lambda: sparknsvq.VQModel.load("model"))
        spark.stop()
        """
    ).splitlines()
    assert said[0].startswith("no Spark session is running")
    assert said[1].startswith("this Spark session does not see spark-nsvq's jar")


def test_serves_without_pyspark() -> None:
    said = run(
        """
        import sys
        sys.modules["pyspark"] = None
        import importlib.util
        real = importlib.util.find_spec
        importlib.util.find_spec = lambda name, *a: None if name == "pyspark" else real(name, *a)
        from sparknsvq import serve
        import sparknsvq
        print(serve.open_index.__name__)
        try:
            sparknsvq.VQ
        except ImportError as e:
            print(e)
        """
    ).splitlines()
    assert said[0] == "open_index"
    assert said[1].startswith("sparknsvq.VQ needs pyspark: pip install 'spark-nsvq[spark]'")
