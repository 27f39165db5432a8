"""How far a source of an index was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ._jvm import java_class, one_line

if TYPE_CHECKING:
    from typing_extensions import Self


@dataclass(frozen=True)
class SourcePosition:
    """How far a source was read; a change of an index carries it, and is made once.

    Parameters
    ----------
    source
        name of the source, such as a stream or a table; an index keeps one position of each.
    kind
        what ``value`` is: the number of a micro-batch, the id of a table's snapshot, or the
        greatest value of a column that grows.
    value
        the position.
    """

    source: str
    kind: Literal["batch", "snapshot", "watermark"]
    value: str

    @classmethod
    def batch(cls, source: str, batchId: int) -> Self:
        """Return the position after a micro-batch, as ``foreachBatch`` numbers it."""
        return cls(source, "batch", str(batchId))

    @classmethod
    def snapshot(cls, source: str, snapshotId: int) -> Self:
        """Return the position of a table as it is in a snapshot of Iceberg or version of Delta."""
        return cls(source, "snapshot", str(snapshotId))

    @classmethod
    def watermark(cls, source: str, value: str) -> Self:
        """Return the position after all rows up to some value of a column."""
        return cls(source, "watermark", value)

    def _to_java(self) -> Any:
        java = java_class("io.github.sparknsvq.ml.ingest.SourcePosition")
        kinds = java_class("io.github.sparknsvq.ml.ingest.SourcePosition$Kind")
        with one_line():
            return java(self.source, kinds.of(self.kind), self.value)

    @classmethod
    def _from_java(cls, position: Any) -> Self:
        return cls(position.source(), position.kind().label(), position.value())
