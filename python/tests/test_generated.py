"""What is written in ml.py is what the Java stages say; CI runs ``generate.py --check`` besides."""

from __future__ import annotations

import zipfile

import sparknsvq


def test_all_stages_of_the_jar_are_there() -> None:
    with zipfile.ZipFile(sparknsvq.jar_path()) as jar:
        services = [
            name
            for name in jar.namelist()
            if name.startswith("META-INF/services/org.apache.spark.ml.")
        ]
        listed = {
            line.rpartition(".")[2]
            for name in services
            for line in jar.read(name).decode().split()
            if line.startswith("io.github.sparknsvq.ml.")
            and line.rpartition(".")[0] == "io.github.sparknsvq.ml"
        }
    assert listed == set(sparknsvq.ml.__all__)


def test_stages_have_docs() -> None:
    for name in sparknsvq.ml.__all__:
        stage = getattr(sparknsvq, name)
        assert stage.__doc__
        for param in (p for p in vars(stage) if p.startswith("set")):
            assert getattr(stage, param).__doc__, f"{name}.{param}"
