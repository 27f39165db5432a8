"""What models can do beside ``transform``: numpy in and out, and their Java methods."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Literal, cast, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyspark.ml.linalg import Vectors
from pyspark.ml.util import HasTrainingSummary
from pyspark.sql import Column, DataFrame

from ._base import NsvqModel
from ._jvm import JAVA_PACKAGE, ROOT_PACKAGE, from_matrix, java_class, needs_classic, one_line
from ._numpy import Floats, rows_of, through, whole_numbers
from ._summary import SpaceFillingVQSummary, TrainingSummary, VQSummary

if TYPE_CHECKING:
    from typing_extensions import Self

    from .ml import VQModel

_FROM_FILES = (
    "save the model and read its codewords with spark.read.parquet(PATH + '/data'),"
    " columns index and codeword"
)
_BY_DECODER = "save the model, and use CodeDecoder(modelPath=PATH).transform(codes)"
_BY_TRANSFORM = "use transform(dataset)"
_BY_CLASSIC = "make and save the model in a classic session"


class QuantizerModel(NsvqModel, HasTrainingSummary[TrainingSummary]):
    """What models with one or several codebooks have in common."""

    @property
    def _summaryCls(self) -> type[TrainingSummary]:
        return TrainingSummary

    @property
    def summary(self) -> TrainingSummary:
        """What the training reached; there is none of a model that was loaded."""
        return super().summary

    @property
    def dimension(self) -> int:
        """The dimension D of the vectors."""
        needs_classic("dimension", _FROM_FILES)
        with one_line():
            return int(self._java_obj.dimension())

    @property
    def codebook(self) -> Floats:
        """All codewords, numbered through: float32 of shape (codewords, length of a codeword)."""
        needs_classic("codebook", _FROM_FILES)
        with one_line():
            return from_matrix(self._java_obj.shared().codewords())

    @overload
    def decode(self, codes: DataFrame) -> DataFrame: ...

    @overload
    def decode(self, codes: NDArray[Any]) -> Floats: ...

    def decode(self, codes: DataFrame | NDArray[Any]) -> DataFrame | Floats:
        """Return what codes stand for.

        Parameters
        ----------
        codes
            a data frame with the column that ``transform`` adds, which gets ``reconstructionCol``
            (or, where that is empty, ``features``), ``array<float>``; or an array as ``encode``
            returns it, for which float32 of shape (rows, D) is returned.
        """
        needs_classic("decode", _BY_DECODER)
        with one_line():
            if isinstance(codes, DataFrame):
                return self._derived(self._java().decode(codes._jdf), codes)
            return self._decode_array(np.asarray(codes))

    def _decode_array(self, codes: NDArray[Any]) -> Floats:
        raise NotImplementedError

    def _encoded(self, method: str, vectors: ArrayLike, dtype: Any, columns: int) -> NDArray[Any]:
        """Return what a Java method makes of vectors."""
        java = self._java()
        return through(getattr(java, method), rows_of(vectors, java.dimension()), dtype, columns)

    def _decoded(self, method: str, codes: NDArray[Any]) -> Floats:
        """Return what a Java method makes of codes."""
        java = self._java()
        return through(getattr(java, method), codes, np.float32, java.dimension())


class VQModelMethods(QuantizerModel):
    """What a model with one codebook can do beside ``transform``."""

    @property
    def _summaryCls(self) -> type[VQSummary]:
        return VQSummary

    @property
    def summary(self) -> VQSummary:
        """What the training reached; there is none of a model that was loaded."""
        return cast(VQSummary, super().summary)

    @classmethod
    def fromCodebook(cls, codebook: ArrayLike) -> Self:
        """Return a model of codewords from elsewhere, such as those that a network has trained.

        Parameters
        ----------
        codebook
            numbers of shape (K, D), taken as float32.
        """
        needs_classic("fromCodebook", _BY_CLASSIC)
        rows = np.asarray(codebook, dtype="<f4")
        if rows.ndim != 2 or rows.size == 0:
            raise ValueError(f"a codebook has the shape (K, D), not {rows.shape}")
        matrix = java_class(f"{ROOT_PACKAGE}.core.linalg.FloatMatrix")
        model = java_class(f"{JAVA_PACKAGE}.VQModel")
        with one_line():
            codewords = matrix.fromBytes(*rows.shape, bytearray(rows.tobytes()))
            return cls(model(f"vq_{uuid.uuid4().hex[:12]}", codewords))

    @property
    def codewords(self) -> list[Floats]:
        """The codebook, in a list as models with several codebooks have it."""
        return [self.codebook]

    def clusterCenters(self) -> list[NDArray[np.float64]]:
        """Return the codewords as KMeansModel gives its centers."""
        return list(self.codebook.astype(np.float64))

    def predict(self, value: ArrayLike) -> int:
        """Return the index of the codeword nearest to one vector."""
        needs_classic("predict", _BY_TRANSFORM)
        with one_line():
            vector = Vectors.dense(np.asarray(value, dtype=np.float64))
            return int(self._call_java("predict", vector))

    def encode(self, vectors: ArrayLike) -> NDArray[np.int32]:
        """Return the indices of the nearest codewords.

        Parameters
        ----------
        vectors
            numbers of shape (rows, D), taken as float32.

        Returns
        -------
        int32 of shape (rows,)
        """
        needs_classic("encode", _BY_TRANSFORM)
        with one_line():
            return self._encoded("encodeLocal", vectors, np.int32, 1)[:, 0]

    def _decode_array(self, codes: NDArray[Any]) -> Floats:
        return self._decoded("decodeLocal", whole_numbers(codes, None))


class CodeModelMethods(QuantizerModel):
    """What models with several codebooks can do beside ``transform``."""

    @property
    def codewords(self) -> list[Floats]:
        """The codebooks: float32 of shape (codewords, length of a codeword) each."""
        needs_classic("codewords", _FROM_FILES)
        with one_line():
            java = self._java_obj
            return [from_matrix(java.codebook(m)) for m in range(java.codebooks())]

    def encode(self, vectors: ArrayLike, *, packed: bool = True) -> NDArray[Any]:
        """Return codes.

        Parameters
        ----------
        vectors
            numbers of shape (rows, D), taken as float32.
        packed
            whether codes are packed as in ``codeCol``.

        Returns
        -------
        uint8 of shape (rows, bytes of a code); if not packed int32 of shape (rows, codebooks)
        """
        needs_classic("encode", _BY_TRANSFORM)
        with one_line():
            if packed:
                return self._encoded("encodePacked", vectors, np.uint8, self._java_obj.codeSize())
            return self._encoded("encodeLocal", vectors, np.int32, self._java_obj.codebooks())

    def _decode_array(self, codes: NDArray[Any]) -> Floats:
        if codes.dtype != np.uint8:
            indices = whole_numbers(codes, self._java_obj.codebooks())
            return self._decoded("decodeLocal", indices)
        size = self._java_obj.codeSize()
        if codes.shape[1:] != (size,):
            raise ValueError(f"codes have the shape {codes.shape}: (rows, {size}) bytes are needed")
        return self._decoded("decodePacked", codes)


class ResidualVQModelMethods(CodeModelMethods):
    """What a residual quantizer can do beside ``transform``."""

    def withDistinctCodes(self, encoded: DataFrame, orderCol: str) -> DataFrame:
        """Add a last digit to codes that tells rows with equal codes apart: 0, 1, 2 and so on.

        Parameters
        ----------
        encoded
            what ``transform`` gave, with ``codesCol``.
        orderCol
            a column by which rows with the same code are ordered, unique such as their id.
        """
        needs_classic(
            "withDistinctCodes", "use DistinctCodes(codesCol=..., idCol=...).transform(encoded)"
        )
        with one_line():
            return self._derived(self._java().withDistinctCodes(encoded._jdf, orderCol), encoded)


class SpaceFillingVQModelMethods(QuantizerModel):
    """What a line can do beside ``transform``."""

    @property
    def _summaryCls(self) -> type[SpaceFillingVQSummary]:
        return SpaceFillingVQSummary

    @property
    def summary(self) -> SpaceFillingVQSummary:
        """What the training reached; there is none of a model that was loaded."""
        return cast(SpaceFillingVQSummary, super().summary)

    @property
    def corners(self) -> Floats:
        """The corners of the line: float32 of shape (k, D)."""
        return self.codebook

    def predict(self, value: ArrayLike) -> int:
        """Return the segment of the line that is nearest to one vector, from 0 to k - 2."""
        needs_classic("predict", _BY_TRANSFORM)
        with one_line():
            vector = Vectors.dense(np.asarray(value, dtype=np.float64))
            return int(self._call_java("predict", vector))

    def position(self, value: ArrayLike) -> float:
        """Return the length of the line up to its point nearest to one vector."""
        needs_classic("position", _BY_TRANSFORM)
        with one_line():
            vector = Vectors.dense(np.asarray(value, dtype=np.float64))
            return float(self._call_java("position", vector))

    def encode(self, vectors: ArrayLike) -> NDArray[np.float64]:
        """Return the positions of the nearest points on the line.

        Parameters
        ----------
        vectors
            numbers of shape (rows, D), taken as float32.

        Returns
        -------
        float64 of shape (rows,)
        """
        needs_classic("encode", _BY_TRANSFORM)
        with one_line():
            return self._encoded("encodeLocal", vectors, np.float64, 1)[:, 0]

    def _decode_array(self, codes: NDArray[Any]) -> Floats:
        if codes.ndim != 1 or codes.dtype.kind not in "iuf":
            raise ValueError(
                f"positions are {codes.dtype} of the shape {codes.shape}: numbers of the shape"
                " (rows,) are needed"
            )
        return self._decoded("decodeLocal", codes.astype(np.float64))

    def equallySpaced(self, m: int) -> VQModel:
        """Return a model of m points at equal distances along the line."""
        needs_classic("equallySpaced", _BY_TRANSFORM)
        with one_line():
            return self._codebook(self._java().equallySpaced(m))

    def resampled(
        self,
        rows: DataFrame,
        k: int,
        of: Literal["projected", "samples"] = "projected",
        evenIter: int = 0,
    ) -> VQModel:
        """Return a model of k codewords that are used evenly.

        Rows are sorted by their position on the line and cut into parts of equal weight, whose
        means are the codewords (Vali and Bäckström, PORCUPINE, Interspeech 2024).

        Parameters
        ----------
        rows
            rows as those of the training.
        k
            number of codewords, at least 1.
        of
            what the means are of: the nearest points on the line, or the rows themselves.
        evenIter
            rounds that move the cuts so that the nearest codewords are used evenly, too; 0: none.
        """
        needs_classic("resampled", _BY_TRANSFORM)
        with one_line():
            return self._codebook(self._java().resampled(rows._jdf, k, of, evenIter))

    @staticmethod
    def _codebook(java_model: Any) -> VQModel:
        from .ml import VQModel

        model = VQModel(java_model)
        model._transfer_params_from_java()
        return model

    def order(self, rows: DataFrame, partitions: int = 0) -> DataFrame:
        """Return rows with ``positionCol``, sorted by it within and across partitions."""
        needs_classic("order", "use transform(rows).orderBy(positionCol)")
        with one_line():
            return self._derived(self._java().order(rows._jdf, partitions), rows)

    def near(self, value: ArrayLike, segments: int) -> Column:
        """Return a condition on ``positionCol``: whether a row lies on the nearest segments."""
        needs_classic("near", _BY_TRANSFORM)
        from pyspark.sql.classic.column import Column as ClassicColumn

        vector = Vectors.dense(np.asarray(value, dtype=np.float64))
        with one_line():
            self._transfer_params_to_java()
            return ClassicColumn(self._java_obj.near(_java_vector(vector), segments))


def _java_vector(vector: Any) -> Any:
    from pyspark import SparkContext
    from pyspark.ml.common import _py2java

    context = SparkContext._active_spark_context
    assert context is not None
    return _py2java(context, vector)
