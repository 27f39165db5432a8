"""Writes ``src/sparknsvq/ml.py`` from the Java stages: their params, docs, defaults and Javadoc.

    python generate.py [--check] [--jar JAR]

Which stages there are, META-INF/services in the jar says. ``--check`` writes nothing, and fails
where the file would change.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import subprocess
import sys
import textwrap
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TARGET = HERE / "src/sparknsvq/ml.py"
JAVA = HERE.parent / "spark-nsvq-ml/src/main/java"
PACKAGE = "io.github.sparknsvq.ml"
SERVICES = {
    "estimator": "META-INF/services/org.apache.spark.ml.Estimator",
    "transformer": "META-INF/services/org.apache.spark.ml.Transformer",
    "evaluator": "META-INF/services/org.apache.spark.ml.evaluation.Evaluator",
}
# Java's kind of a param: Python's type, and its converter.
KINDS = {
    "IntParam": ("int", "toInt"),
    "LongParam": ("int", "toLong"),
    "DoubleParam": ("float", "toFloat"),
    "BooleanParam": ("bool", "toBoolean"),
    "DoubleArrayParam": ("list[float]", "toListFloat"),
    "IntArrayParam": ("list[int]", "toListInt"),
    "StringArrayParam": ("list[str]", "toListString"),
    "Param": ("str", "toString"),
}
# What is written by hand beside the generated classes.
METHODS = {
    "VQ": ("_index", "VQMethods"),
    "ProductVQ": ("_index", "ProductVQMethods"),
    "ResidualVQ": ("_index", "ResidualVQMethods"),
    "AdditiveVQ": ("_index", "AdditiveVQMethods"),
    "IvfIndex": ("_index", "IvfIndexMethods"),
    "IvfIndexModel": ("_index", "IvfIndexModelMethods"),
    "VQModel": ("_models", "VQModelMethods"),
    "ProductVQModel": ("_models", "CodeModelMethods"),
    "ResidualVQModel": ("_models", "ResidualVQModelMethods"),
    "AdditiveVQModel": ("_models", "CodeModelMethods"),
    "SpaceFillingVQModel": ("_models", "SpaceFillingVQModelMethods"),
}
WIDTH = 100


@dataclass(frozen=True)
class StageParam:
    """A param of a Java stage."""

    name: str
    type: str
    converter: str
    doc: str
    default: Any
    choices: tuple[str, ...]

    @property
    def capital(self) -> str:
        """The name as accessors have it."""
        return self.name[0].upper() + self.name[1:]

    @property
    def accepted(self) -> str:
        """The type that a caller may give."""
        if self.choices:
            return f"Literal[{', '.join(map(repr, self.choices))}]"
        return self.type


@dataclass(frozen=True)
class Stage:
    """A Java stage."""

    name: str
    doc: list[str]
    params: list[StageParam]
    settable: frozenset[str]
    larger: tuple[str, ...]


class Jvm:
    """The Java stages in a JVM."""

    def __init__(self, jar: str) -> None:
        from pyspark.sql import SparkSession

        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        builder = SparkSession.Builder().master("local[1]").config("spark.jars", jar)
        self._spark: Any = builder.config("spark.ui.enabled", "false").getOrCreate()
        self._jvm: Any = self._spark._jvm

    def stop(self) -> None:
        """Stop the session."""
        self._spark.stop()

    def stage(self, name: str) -> Stage:
        """Read a stage."""
        made = self._jvm
        for part in f"{PACKAGE}.{name}".split("."):
            made = getattr(made, part)
        java = made()
        params = sorted((self._param(java, each) for each in java.params()), key=lambda p: p.name)
        methods = {method.getName() for method in java.getClass().getMethods()}
        settable = frozenset(p.name for p in params if f"set{p.capital}" in methods)
        return Stage(name, javadoc(name), params, settable, self._larger(java, params))

    def _param(self, java: Any, param: Any) -> StageParam:
        kind = param.getClass().getSimpleName()
        if kind not in KINDS:
            raise TypeError(f"param {param} is a {kind}: KINDS says nothing of it")
        type_, converter = KINDS[kind]
        default = java.getDefault(param).get() if java.hasDefault(param) else None
        if default is not None and kind.endswith("ArrayParam"):
            default = list(default)
        return StageParam(
            *(str(param.name()), type_, converter, str(param.doc()), default),
            choices=self._choices(param) if kind == "Param" else (),
        )

    def _choices(self, param: Any) -> tuple[str, ...]:
        """Ask a param for its values by giving it one that is surely wrong."""
        try:
            param.w("\x00")
        except Exception as refused:
            found = re.search(r"must be one of ([^\n]*)", str(refused))
            return tuple(found[1].split(", ")) if found else ()
        return ()

    def _larger(self, java: Any, params: list[StageParam]) -> tuple[str, ...]:
        """Return the metrics of an evaluator that are better when larger."""
        if not hasattr(java, "isLargerBetter") or "evaluate" not in {
            method.getName() for method in java.getClass().getMethods()
        }:
            return ()
        metrics = [choice for p in params if p.name == "metricName" for choice in p.choices]
        if not metrics:
            return ("",) if java.isLargerBetter() else ()
        return tuple(each for each in metrics if java.setMetricName(each).isLargerBetter())


def javadoc(name: str) -> list[str]:
    """Return the paragraphs of a class's Javadoc that are for users, as plain text."""
    source = (JAVA / f"{PACKAGE.replace('.', '/')}/{name}.java").read_text(encoding="utf-8")
    found = re.search(
        r"/\*\*((?:(?!\*/).)*)\*/\s*(?:@\S+\s*)*public (?:final )?class", source, re.S
    )
    if found is None:
        raise ValueError(f"{name}.java has no Javadoc")
    text = re.sub(r"^\s*\* ?", "", found[1], flags=re.M)
    text = re.sub(r"\{@(?:code|literal)\s+([^}]*)\}", r"``\1``", text)
    text = re.sub(r"\{@link(?:plain)?\s+[^}\s]*\s+([^}]*)\}", r"\1", text)
    text = re.sub(r"\{@link(?:plain)?\s+#?([^}(]*)(?:\([^}]*\))?\}", r"``\1``", text)
    text = re.sub(r"<li>", "\n\n", text)
    text = re.sub(r"</?ul>", "", text)
    text = re.split(r"^@", text, flags=re.M)[0]
    paragraphs = [" ".join(each.split()) for each in re.split(r"<p>|\n\s*\n", text)]
    kept = [each for each in paragraphs if each and "``ParamSet``" not in each]
    first, _, rest = kept[0].partition(": ") if len(kept[0]) > WIDTH else (kept[0], "", "")
    if rest and len(first) <= WIDTH - 10:
        kept[0:1] = [f"{first}.", rest[0].upper() + rest[1:]]
    return kept


def docstring(lines: list[str], indent: int) -> list[str]:
    """Return a docstring of lines that are not longer than a line of code."""
    pad = " " * indent
    quote = 'r"""' if any("\\" in line for line in lines) else '"""'
    if len(lines) == 1 and len(lines[0]) + indent + 6 <= WIDTH:
        return [f"{pad}{quote}{lines[0]}{quote[-3:]}"]
    filled = []
    for number, line in enumerate(lines):
        inner = " " * (len(line) - len(line.lstrip()))
        room = WIDTH - indent - (len(quote) if number == 0 else 0)
        filled += textwrap.wrap(line, room, subsequent_indent=inner, drop_whitespace=True) or [""]
    filled[0] = quote + filled[0]
    return [f"{pad}{line}".rstrip() for line in filled] + [f'{pad}"""']


def summary(paragraphs: list[str]) -> list[str]:
    """Return paragraphs with a first line that fits, as docstrings have it."""
    head = paragraphs[0]
    if len(head) > WIDTH - 8:
        sentence = re.match(r"(.*?[.:])\s+(.*)", head)
        if sentence and len(sentence[1]) <= WIDTH - 8:
            first, rest = sentence[1].rstrip(":.") + ".", sentence[2]
            return [first, "", rest[0].upper() + rest[1:], *spaced(paragraphs[1:])]
    return [head, *spaced(paragraphs[1:])]


def spaced(paragraphs: list[str]) -> list[str]:
    """Return paragraphs with an empty line before each."""
    return [line for each in paragraphs for line in ("", each)]


def sentence(param: StageParam) -> str:
    """Return a param's doc as a sentence; a value that it starts with stays as it is."""
    doc = param.doc + ("" if param.doc.endswith(".") else ".")
    word = re.match(r"[\w-]+", doc)
    return doc if word and word[0] in param.choices else doc[0].upper() + doc[1:]


def about(what: str, param: StageParam) -> list[str]:
    """Return the docstring of an accessor."""
    line = f"{what} ``{param.name}``: {param.doc}."
    if len(line) + 14 <= WIDTH:
        return docstring([line], 8)
    return docstring([f"{what} ``{param.name}``.", "", sentence(param)], 8)


def params_class(stage: Stage) -> list[str]:
    """Return the class that holds the params of a stage, and of its model."""
    lines = ["", "", f"class _{stage.name}Params(NsvqParams):"]
    defaults = {p.name: p.default for p in stage.params if p.default is not None}
    lines.append(f"    _defaults: ClassVar[dict[str, Any]] = {defaults!r}")
    lines.append("")
    for p in stage.params:
        lines.append(
            f"    {p.name}: Param[{p.type}] = Param(Params._dummy(), {p.name!r}, {p.doc!r},"
            f" Converters.{p.converter})"
        )
    for p in stage.params:
        lines += ["", f"    def get{p.capital}(self) -> {p.type}:"]
        lines += docstring([f"Return ``{p.name}``."], 8)
        lines.append(f"        return self.getOrDefault(self.{p.name})")
    return lines


def constructor(stage: Stage, *, progress: bool) -> list[str]:
    """Return a constructor that takes all params by their names, and setParams."""
    lines = ["", "    @keyword_only", "    def __init__(self, *,"]
    for p in stage.params:
        type_ = p.accepted if p.default is not None else f"{p.accepted} | None"
        # a list is never changed, but a default that could be is not shown
        shown = "()" if p.default == [] else repr(p.default)
        type_ = f"{type_} | tuple[()]" if p.default == [] else type_
        lines.append(f"        {p.name}: {type_} = {shown},")
    if progress:
        lines.append("        progress: bool | None = None,")
    lines += ["    ) -> None:", "        super().__init__()", "        given = self._input_kwargs"]
    if progress:
        lines.append("        self._progress = given.pop('progress', None)")
    lines += ["        self._start(given)", "", "    @keyword_only", "    def setParams(self, *,"]
    lines += [f"        {p.name}: {p.accepted} | None = None," for p in stage.params]
    lines += [f"    ) -> {stage.name}:", '        """Set params by their names."""']
    lines.append("        return self._assign(self._input_kwargs)")
    return lines


def setters(owner: str, params: list[StageParam]) -> list[str]:
    """Return a setter for each param."""
    lines = []
    for p in params:
        lines += ["", f"    def set{p.capital}(self, value: {p.accepted}) -> {owner}:"]
        lines += about("Set", p)
        lines.append(f"        return self._assign({{{p.name!r}: value}})")
    return lines


def documented(stage: Stage, params: list[StageParam], *, progress: bool) -> list[str]:
    """Return the docstring of a class with its params."""
    lines = summary(stage.doc)
    if params:
        lines += ["", "Parameters", "----------"]
    for p in params:
        default = "" if p.default is None else f", default {p.default!r}"
        lines += [f"{p.name} : {p.type}{default}", f"    {sentence(p)}"]
    if progress:
        lines += ["progress : bool, default None"]
        lines += ["    Whether ``fit`` shows a bar; None: in notebooks and on terminals."]
    return docstring(lines, 4)


def methods_of(name: str, otherwise: str) -> str:
    """Return the base class of a stage: the one written by hand, where there is one."""
    return METHODS[name][1] if name in METHODS else otherwise


def estimator(stage: Stage, model: Stage) -> list[str]:
    """Return an estimator and its model."""
    base = methods_of(stage.name, f'NsvqEstimator["{model.name}"]')
    lines = params_class(stage)
    readable = f'JavaMLReadable["{stage.name}"]'
    lines += ["", "", f"class {stage.name}({base}, _{stage.name}Params, {readable}):"]
    lines += documented(stage, stage.params, progress=True)
    lines += ["", "    __module__ = JAVA_PACKAGE"]
    lines += constructor(stage, progress=True)
    lines += setters(stage.name, stage.params)
    lines += ["", f"    def _create_model(self, java_model: Any) -> {model.name}:"]
    lines += [f"        return {model.name}(java_model)"]
    names = [p.name for p in stage.params]
    if names != [p.name for p in model.params]:
        raise ValueError(f"{stage.name} and {model.name} have different params")
    base = methods_of(model.name, "NsvqModel")
    readable = f'JavaMLReadable["{model.name}"]'
    lines += ["", "", f"class {model.name}({base}, _{stage.name}Params, {readable}):"]
    lines += documented(model, [], progress=False)
    lines += ["", "    __module__ = JAVA_PACKAGE"]
    return lines + setters(model.name, [p for p in model.params if p.name in model.settable])


def simple(stage: Stage, base: str) -> list[str]:
    """Return a stage that trains nothing."""
    lines = params_class(stage)
    readable = f'JavaMLReadable["{stage.name}"]'
    lines += ["", "", f"class {stage.name}({base}, _{stage.name}Params, {readable}):"]
    lines += documented(stage, stage.params, progress=False)
    lines += ["", "    __module__ = JAVA_PACKAGE"]
    if base == "NsvqEvaluator":
        larger = f"frozenset({sorted(stage.larger)!r})" if stage.larger else "frozenset()"
        lines.append(f"    _larger = {larger}")
    lines += constructor(stage, progress=False)
    return lines + setters(stage.name, stage.params)


def services(jar: str, kind: str) -> list[str]:
    """Return the names of the stages of a kind in their order in the jar."""
    with zipfile.ZipFile(jar) as content:
        if SERVICES[kind] not in content.namelist():
            return []
        listed = content.read(SERVICES[kind]).decode().split()
    return [each.rpartition(".")[2] for each in listed if each.startswith(f"{PACKAGE}.")]


def module(jar: str) -> str:
    """Return the module's text."""
    estimators = services(jar, "estimator")
    models = [f"{name}Model" for name in estimators]
    transformers = [name for name in services(jar, "transformer") if name not in models]
    evaluators = services(jar, "evaluator")
    jvm = Jvm(jar)
    try:
        lines: list[str] = []
        for name, model in zip(estimators, models, strict=True):
            lines += estimator(jvm.stage(name), jvm.stage(model))
        for name in transformers:
            lines += simple(jvm.stage(name), "NsvqTransformer")
        for name in evaluators:
            lines += simple(jvm.stage(name), "NsvqEvaluator")
    finally:
        jvm.stop()
    names = [*estimators, *models, *transformers, *evaluators]
    body = "\n".join(lines)
    header = [
        '"""The stages of spark-nsvq for PySpark.',
        "",
        "Generated by generate.py from the Java stages: do not edit.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "from typing import Any, ClassVar, Literal",
        "",
        "from pyspark import keyword_only",
        "from pyspark.ml.param import Param, Params",
        "from pyspark.ml.util import JavaMLReadable",
        "",
    ]
    bases = (
        *("Converters", "NsvqEstimator", "NsvqEvaluator", "NsvqModel", "NsvqParams"),
        "NsvqTransformer",
    )
    used = [base for base in bases if re.search(rf"\b{base}\b", body)]
    header.append(f"from ._base import {', '.join(used)}")
    for file in ("_index", "_models"):
        classes = {found for of, found in METHODS.values() if of == file}
        ordered = sorted(each for each in classes if re.search(rf"\b{each}\b", body))
        if file == "_models":
            header.append("from ._jvm import JAVA_PACKAGE")
        header.append(f"from .{file} import {', '.join(ordered)}")
    header += ["", f"__all__ = {sorted(names)!r}", ""]
    return formatted("\n".join(header) + body + "\n")


def formatted(text: str) -> str:
    """Return code as ruff formats it."""
    for command in (["check", "--fix-only", "--quiet"], ["format"]):
        whole = [sys.executable, "-m", "ruff", *command, "--stdin-filename", str(TARGET), "-"]
        done = subprocess.run(whole, input=text, capture_output=True, text=True, cwd=HERE)
        if done.returncode:
            raise RuntimeError(f"ruff {command[0]}: {done.stderr}")
        text = done.stdout
    return text


def main() -> int:
    """Write or check the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    parser.add_argument("--jar", help="the jar; otherwise the one of the package")
    wanted = parser.parse_args()
    jar = wanted.jar
    if jar is None:
        sys.path.insert(0, str(HERE / "src"))
        from sparknsvq._jvm import jar_path

        jar = jar_path()
    text = module(str(Path(jar).resolve()))
    before = TARGET.read_text(encoding="utf-8") if TARGET.is_file() else ""
    if not wanted.check:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if text == before:
        return 0
    changes = difflib.unified_diff(before.splitlines(), text.splitlines(), "ml.py", "as generated")
    print("\n".join(list(changes)[:60]))
    print(f"{TARGET} is not what the Java stages say: run python generate.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
