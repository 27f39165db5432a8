"""Models that a Spark Connect server holds are let go from a thread of their own.

pyspark sends that request in a model's ``__del__``. The garbage collector, which any allocation
starts, runs it inside a lock of the client too, and it waits for that lock for ever.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

try:
    from pyspark.ml.util import RemoteModelRef
except ImportError:  # Spark 4.0, which lets no model go

    class RemoteModelRef:  # type: ignore[no-redef]
        """Stands for no class: nothing is one of it."""


#: References let go; its put() may run inside the collector.
_lost: SimpleQueue[QueuedModelRef] = SimpleQueue()
_start = threading.Lock()
_thread: threading.Thread | None = None


class QueuedModelRef(RemoteModelRef):
    """A reference to a server's model whose release never waits."""

    def __init__(self, ref_id: str, session: Any) -> None:
        super().__init__(ref_id)
        self._session = session

    def release_ref(self) -> None:
        """Have the thread release it."""
        _lost.put(self)

    def _release_now(self) -> None:
        with self._lock:
            self._ref_count -= 1
            last = self._ref_count == 0
        if last and self._session is not None and "." not in self.ref_id:
            with suppress(Exception):  # as pyspark: the session may have ended
                self._session.client._delete_ml_cache([self.ref_id])


def queued(java_model: Any) -> Any:
    """Return what a model's constructor was given, a server's reference as a queued one."""
    if not isinstance(java_model, RemoteModelRef):
        return java_model
    from pyspark.sql.connect.session import SparkSession

    _run()
    known: Any = SparkSession  # a thread of the user's own has no active one
    return QueuedModelRef(
        java_model.ref_id, known.getActiveSession() or known._get_default_session()
    )


def _run() -> None:
    global _thread
    with _start:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_release, name="sparknsvq-release", daemon=True)
            _thread.start()


def _release() -> None:
    while True:
        _lost.get()._release_now()
