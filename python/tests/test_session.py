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
