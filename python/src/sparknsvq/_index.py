"""What estimators and index models can do beside ``fit`` and ``transform``."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from pyspark.ml.util import HasTrainingSummary
from pyspark.sql import DataFrame, SparkSession, is_remote
from pyspark.sql import functions as sf

from ._base import M, NsvqEstimator, NsvqModel
from ._jvm import java_class, needs_classic, one_line
from ._position import SourcePosition
from ._progress import training_bar
from ._summary import IndexSummary

if TYPE_CHECKING:
    from typing_extensions import Self

    # ruff does not see what bases name in strings
    from .ml import AdditiveVQModel, IvfIndexModel, ProductVQModel, ResidualVQModel, VQModel  # noqa: F401

_BY_COMMAND = "use a classic session, or the command line: nsvq index"


class TrainingMethods(NsvqEstimator[M]):
    """What estimators that train codebooks can do beside ``fit``."""

    def setInitialModel(self, model: M | None) -> Self:
        """Start trainings from a model's codebooks, not by ``initMode``; None takes that back."""
        needs_classic("setInitialModel", "save the model, and set initialModelPath=PATH")
        with one_line():
            self._java_obj.setInitialModel(None if model is None else model._java_obj)
        return self


class ProductVQMethods(TrainingMethods["ProductVQModel"]):
    """What the estimator of a product quantizer can do beside ``fit``."""


class ResidualVQMethods(TrainingMethods["ResidualVQModel"]):
    """What the estimator of a residual quantizer can do beside ``fit``."""


class AdditiveVQMethods(TrainingMethods["AdditiveVQModel"]):
    """What the estimator of an additive quantizer can do beside ``fit``."""


class VQMethods(TrainingMethods["VQModel"]):
    """What the estimator of one codebook can do beside ``fit``."""

    def fitEach(self, dataset: DataFrame, codewords: list[int]) -> list[VQModel]:
        """Train a codebook of each of several sizes, not ``k``, on rows that are packed once."""
        needs_classic("fitEach", "fit each size by itself")
        self._transfer_params_to_java()
        with one_line(), training_bar(self._java_obj, type(self).__name__, self._progress):
            fitted = list(self._java_obj.fitEach(dataset._jdf, codewords))
        return [
            self._copyValues(self._create_model(each), {self.getParam("k"): size})
            for each, size in zip(fitted, codewords, strict=True)
        ]


class IvfIndexMethods(NsvqEstimator["IvfIndexModel"]):
    """What the estimator of an index can do beside ``fit``."""

    def build(self, training: DataFrame, vectors: DataFrame) -> IvfIndexModel:
        """Train on some rows and put others into a new index.

        Parameters
        ----------
        training
            has the column ``featuresCol``.
        vectors
            has the columns ``featuresCol``, ``idCol`` and ``attributeCols``.
        """
        needs_classic("build", "use fit(dataset), which trains on the rows of the index")
        self._transfer_params_to_java()
        with one_line(), training_bar(self._java_obj, type(self).__name__, self._progress):
            built = self._java_obj.build(training._jdf, vectors._jdf)
        model: IvfIndexModel = self._create_model(built)
        return self._copyValues(model)


class IvfIndexModelMethods(NsvqModel, HasTrainingSummary[IndexSummary]):
    """What an index can do beside ``transform``."""

    @property
    def _summaryCls(self) -> type[IndexSummary]:
        return IndexSummary

    @property
    def summary(self) -> IndexSummary:
        """What building the index took and reached; there is none of one that was opened."""
        return super().summary

    @property
    def path(self) -> str:
        """The index's directory."""
        needs_classic("path", "give IvfIndex an indexDir")
        return str(self._java_obj.path())

    @property
    def lists(self) -> int:
        """The number of inverted lists."""
        needs_classic("lists", "SELECT * FROM nsvq_index_info(DIRECTORY) says it")
        with one_line():
            return int(self._java_obj.lists())

    @property
    def dimension(self) -> int:
        """The dimension of the vectors."""
        needs_classic("dimension", "SELECT * FROM nsvq_index_info(DIRECTORY) says it")
        with one_line():
            return int(self._java_obj.dimension())

    def exportFaiss(
        self,
        path: str,
        *,
        overwrite: bool = False,
        fastScan: bool = False,
        refine: str = "none",
        spill: bool = False,
    ) -> None:
        """Write the index as one file that FAISS opens, with its checksum beside it.

        Parameters
        ----------
        path
            the file, on any file system that Spark reaches.
        overwrite
            whether it may replace what is there.
        fastScan
            whether codes of 4 bits are written for FAISS's fast scan.
        refine
            ``flat`` or ``sq8``: write the vectors of :meth:`setVectors`, too, as they are or
            rounded to 8 bits a value, by which what codes find is ranked again.
        spill
            with ``refine``: put each vector into a second list, too, where queries that miss the
            first may meet it. For searches by spark-nsvq's ``FaissFiles.open``: FAISS finds such
            vectors twice.
        """
        options = {"fastScan": str(fastScan).lower(), "refine": refine, "spill": str(spill).lower()}
        self._export(path, overwrite, **options)

    def setAllowed(self, ids: DataFrame | None) -> Self:
        """Set the ids that may be found, in the first column of a data frame; None: all.

        Not saved with the model; the param ``allowedTable`` is. Over Spark Connect it is that
        param, with the name of a temporary view.
        """
        return self._set_frame("allowedTable", "setAllowed", ids)

    def setVectors(self, vectors: DataFrame | None) -> Self:
        """Set the vectors that ``rerank`` ranks by, under ``idCol`` and ``featuresCol``.

        Not saved with the model; the param ``vectorsTable`` is. Over Spark Connect it is that
        param, with the name of a temporary view.
        """
        return self._set_frame("vectorsTable", "setVectors", vectors)

    def _set_frame(self, table: str, method: str, frame: DataFrame | None) -> Self:
        if not is_remote():
            getattr(self._java_obj, method)(None if frame is None else frame._jdf)
        elif frame is None:
            self.clear(self.getParam(table))
        else:  # the server knows data frames by the names of views
            view = f"nsvq_{uuid.uuid4().hex}"
            frame.createOrReplaceTempView(view)
            self._set(**{table: view})
        return self

    def join(self, queries: DataFrame, queryIdCol: str) -> DataFrame:
        """Search, and give a row for each neighbor.

        Parameters
        ----------
        queries
            has the columns ``featuresCol`` and ``queryIdCol``.
        queryIdCol
            column that identifies queries.

        Returns
        -------
        rows ``queryIdCol, id, distance``; a ``queryIdCol`` named id or distance comes back as
        ``query``
        """
        if not is_remote():
            with one_line():
                return self._derived(self._java().join(queries._jdf, queryIdCol), queries)
        found = self.transform(queries).select(
            sf.col(f"`{queryIdCol}`").alias("query"),
            sf.explode(sf.col(f"`{self.getOrDefault('neighborsCol')}`")).alias("neighbor"),
        )
        query = "query" if queryIdCol.lower() in ("id", "distance") else queryIdCol
        return found.select("query", "neighbor.id", "neighbor.distance").toDF(
            query, "id", "distance"
        )

    def add(self, vectors: DataFrame) -> Self:
        """Add vectors as a segment of its own; nothing is trained anew.

        Parameters
        ----------
        vectors
            has the columns ``featuresCol``, ``idCol`` and ``attributeCols``.
        """
        needs_classic("add", f"{_BY_COMMAND} --append")
        with one_line():
            self._java().add(vectors._jdf)
        return self

    def delete(self, ids: DataFrame) -> Self:
        """Delete vectors by the ids in ``idCol``; ids that are not there do no harm."""
        needs_classic("delete", f"{_BY_COMMAND} --append DIRECTORY --delete IDS")
        with one_line():
            self._java().delete(ids._jdf)
        return self

    def upsert(
        self,
        vectors: DataFrame | None,
        deleted: DataFrame | None = None,
        position: SourcePosition | None = None,
    ) -> bool:
        """Put vectors in the place of those with the same ids, and delete others, in one commit.

        Parameters
        ----------
        vectors
            has the columns ``featuresCol``, ``idCol`` and ``attributeCols``; None for none.
        deleted
            has the ids to delete of those that were there before, in ``idCol``.
        position
            how far the source of both was read. Without vectors and ids it is written down alone.

        Returns
        -------
        whether the index was changed: not, if it has this position, or a later batch, already
        """
        needs_classic("upsert", "use a classic session")
        with one_line():
            return bool(
                self._java().upsert(
                    None if vectors is None else vectors._jdf,
                    None if deleted is None else deleted._jdf,
                    None if position is None else position._to_java(),
                )
            )

    def upsertNewer(self, table: DataFrame, column: str, source: str) -> bool:
        """Put those rows of a table in whose column is greater than in any row the time before.

        Parameters
        ----------
        table
            has the columns ``featuresCol``, ``idCol`` and ``attributeCols``, and ``column``.
        column
            grows with each change of a row: a moment, a date, whole numbers, decimals or strings.
        source
            name of the table, by which the index keeps how far it was read.

        Returns
        -------
        whether the index was changed: not, if no row is newer
        """
        needs_classic("upsertNewer", f"{_BY_COMMAND} --append DIRECTORY --since-column {column}")
        with one_line():
            return bool(self._java().upsertNewer(table._jdf, column, source))

    def positions(self, spark: SparkSession | None = None) -> dict[str, SourcePosition]:
        """Return how far each source was read of which a change brought its position along."""
        needs_classic("positions", "nsvq info shows them")
        with one_line():
            found = self._java().positions(_session(spark)._jsparkSession).values()
            positions = [SourcePosition._from_java(position) for position in found]
        return {position.source: position for position in positions}

    def compact(self, spark: SparkSession | None = None) -> Self:
        """Rewrite the index as one segment, without what was deleted."""
        needs_classic("compact", f"{_BY_COMMAND} --append DIRECTORY --compact")
        with one_line():
            self._java().compact(_session(spark)._jsparkSession)
        return self

    def ids(self, spark: SparkSession | None = None) -> DataFrame:
        """Return the ids that are in the index, in a column ``id``."""
        needs_classic("ids", "read them from the Parquet files in DIRECTORY/lists")
        session = _session(spark)
        with one_line():
            return DataFrame(self._java().ids(session._jsparkSession), session)

    @classmethod
    def importFaiss(
        cls,
        file: str,
        directory: str,
        *,
        vectors: str | None = None,
        overwrite: bool = False,
        spark: SparkSession | None = None,
    ) -> IvfIndexModel:
        """Bring an index file of FAISS into an index directory.

        Parameters
        ----------
        file
            the file.
        directory
            the index's directory.
        vectors
            directory for the vectors of an ``IndexRefine``, Parquet of id and features, for
            ``vectorsTable``; None leaves them out.
        overwrite
            whether what is there may be replaced.
        """
        needs_classic("importFaiss", "use a classic session, or the command line: nsvq import")
        from .ml import IvfIndexModel

        session = _session(spark)._jsparkSession
        java = java_class("io.github.sparknsvq.ml.IvfIndexModel")
        with one_line():
            found = java.importFaiss(file, directory, vectors, overwrite, session)
        model = IvfIndexModel(found)
        model._transfer_params_from_java()
        return model


def _session(spark: SparkSession | None) -> Any:
    found = spark or SparkSession.getActiveSession()
    if found is None:
        raise RuntimeError(
            "no Spark session is running: start one with sparknsvq.builder().getOrCreate()"
        )
    return found
