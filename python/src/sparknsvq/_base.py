"""What all stages have in common. ``ml.py`` is generated on top of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from pyspark.ml.evaluation import JavaEvaluator
from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.util import GeneralJavaMLWritable, JavaMLWritable
from pyspark.ml.wrapper import JavaEstimator, JavaModel, JavaTransformer
from pyspark.sql import DataFrame, is_remote

from ._jvm import JAVA_PACKAGE, java_class, one_line
from ._progress import training_bar
from ._release import queued

if TYPE_CHECKING:
    from typing_extensions import Self

M = TypeVar("M", bound="NsvqModel")


class Converters(TypeConverters):
    """pyspark's converters, without the whole numbers that Java's int and long do not hold."""

    @staticmethod
    def toInt(value: Any) -> int:
        """Convert to a whole number of 32 bits."""
        return _of_bits(TypeConverters.toInt(value), 32)

    @staticmethod
    def toLong(value: Any) -> int:
        """Convert to a whole number of 64 bits."""
        return _of_bits(TypeConverters.toInt(value), 64)

    @staticmethod
    def toListInt(value: Any) -> list[int]:
        """Convert to whole numbers of 32 bits."""
        return [_of_bits(each, 32) for each in TypeConverters.toListInt(value)]


def _of_bits(value: int, bits: int) -> int:
    if not -(1 << bits - 1) <= value < 1 << bits - 1:
        raise TypeError(f"{value} is no whole number of {bits} bits")
    return value


class NsvqParams(Params):
    """Params that mirror those of a Java stage of the same name."""

    #: Defaults of the Java stage, by name.
    _defaults: ClassVar[dict[str, Any]] = {}

    _java_obj: Any
    _input_kwargs: dict[str, Any]

    #: The Java stage that values were sent to, and these values.
    _sent_to: Any = None
    _sent: dict[str, Any]

    def _start(self, given: dict[str, Any]) -> None:
        """Make the Java stage, and set what the constructor was given."""
        name = f"{JAVA_PACKAGE}.{type(self).__name__}"
        self._java_obj = name if is_remote() else java_class(name)(self.uid)
        self._setDefault(**self._defaults)
        self._assign(given)

    @classmethod
    def read(cls) -> Any:
        """Return a reader of saved stages, if the session sees the jar."""
        if not is_remote():
            java_class(f"{JAVA_PACKAGE}.{cls.__name__}")
        return super().read()  # type: ignore[misc]

    @classmethod
    def load(cls, path: str) -> Self:
        """Return the stage that was saved at a path."""
        with one_line():
            loaded: Self = cls.read().load(path)
            return loaded

    def _assign(self, given: dict[str, Any]) -> Self:
        """Set params, except those that are None, and have the JVM check them at once."""
        values = {name: value for name, value in given.items() if value is not None}
        before = dict(self._paramMap)
        try:
            self._set(**values)
            if self._java_obj is not None and not is_remote():
                with one_line():
                    for name in values:
                        self._send(self.getParam(name))
        except Exception:
            self._paramMap.clear()
            self._paramMap.update(before)
            raise
        return self

    def _send(self, param: Param[Any]) -> None:
        """Set a param of the Java stage, unless it has this value."""
        if self._sent_to is not self._java_obj:
            self._sent_to = self._java_obj
            self._sent = {}
        value = self._paramMap[param]
        if param.name not in self._sent or self._sent[param.name] != value:
            self._java_obj.set(self._make_java_param_pair(param, value))  # type: ignore[attr-defined]
            self._sent[param.name] = list(value) if isinstance(value, list) else value

    def _transfer_params_to_java(self) -> None:
        """Send what is set; defaults are the same in the JVM."""
        for param in list(self._paramMap):
            self._send(param)

    def clear(self, param: Param[Any]) -> None:
        """Take a param's value back, so that its default counts."""
        self._sent_to = None
        if is_remote():  # where pyspark leaves the value as it is
            Params.clear(self, param)
        else:
            super().clear(param)


class NsvqEstimator(NsvqParams, JavaEstimator[M], JavaMLWritable, Generic[M]):
    """What all estimators have in common."""

    _progress: bool | None = None

    def setProgress(self, value: bool | None) -> Self:
        """Set whether ``fit`` shows a bar; None: in notebooks and on terminals. No Param."""
        self._progress = value
        return self

    def _fit(self, dataset: DataFrame) -> M:
        if is_remote():
            with one_line():
                return super()._fit(dataset)
        with one_line(), training_bar(self._java_obj, type(self).__name__, self._progress):
            return super()._fit(dataset)


class NsvqTransformer(NsvqParams, JavaTransformer, JavaMLWritable):
    """What all transformers have in common that need no training."""

    def _transform(self, dataset: DataFrame) -> DataFrame:
        with one_line():
            return super()._transform(dataset)


class NsvqModel(NsvqParams, JavaModel, GeneralJavaMLWritable):
    """What all models have in common."""

    def __init__(self, java_model: Any = None) -> None:
        super().__init__(queued(java_model))
        self._setDefault(**self._defaults)

    def _create_params_from_java(self) -> None:
        """Do nothing: the class has all params."""

    def _transform(self, dataset: DataFrame) -> DataFrame:
        with one_line():
            return super()._transform(dataset)

    def _java(self) -> Any:
        """Return the Java model with the params that are set now."""
        self._transfer_params_to_java()
        return self._java_obj

    def _derived(self, java_frame: Any, of: DataFrame) -> DataFrame:
        """Return a data frame that the JVM made of another."""
        return DataFrame(java_frame, of.sparkSession)

    def exportFaiss(self, path: str, *, overwrite: bool = False) -> None:
        """Write the model as one file that FAISS opens, with its checksum beside it.

        Parameters
        ----------
        path
            the file, on any file system that Spark reaches.
        overwrite
            whether it may replace what is there.
        """
        self._export(path, overwrite)

    def _export(self, path: str, overwrite: bool, **options: str) -> None:
        writer: Any = self.write().option("format", "faiss")
        for name, value in options.items():
            writer = writer.option(name, value)
        if overwrite:
            writer = writer.overwrite()
        with one_line():
            writer.save(path)


class NsvqEvaluator(NsvqParams, JavaEvaluator, JavaMLWritable):
    """What all evaluators have in common."""

    #: Names of the metrics that are better when larger.
    _larger: ClassVar[frozenset[str]] = frozenset()

    def _evaluate(self, dataset: DataFrame) -> float:
        with one_line():
            return super()._evaluate(dataset)

    def isLargerBetter(self) -> bool:
        """Whether a larger value is a better one; asked of no server."""
        if self.hasParam("metricName"):
            return self.getOrDefault("metricName") in self._larger
        return bool(self._larger)
