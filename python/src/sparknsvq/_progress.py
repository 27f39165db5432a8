"""A bar for trainings: in notebooks and on terminals."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ._jvm import ROOT_PACKAGE, gateway, java_class

_LISTENER = f"{ROOT_PACKAGE}.core.training.TrainingListener"
_SECONDS_BETWEEN = 0.1
_STEPS = 1000


def wanted(progress: bool | None) -> bool:
    """Whether to show a bar: as asked, or in notebooks and on terminals where tqdm is there."""
    if progress is not None:
        return progress
    if not (_in_notebook() or (sys.stderr is not None and sys.stderr.isatty())):
        return False
    if os.environ.get("TERM") == "dumb":
        return False
    try:
        import tqdm  # noqa: F401
    except ImportError:
        return False
    return True


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell is not None and type(shell).__name__ == "ZMQInteractiveShell"


class _Listener:
    """Hears of the training's passes: called by the JVM, through py4j."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._shown = 0.0

    def begins(self, part: str) -> None:
        """Name the part of the work that begins, until its first pass is through."""
        try:
            self._bar.set_description_str(part)
        except Exception:
            self._shown = float("inf")

    def progressed(self, progress: Any) -> None:
        """Show how far the training is; whatever goes wrong here is no matter of the training."""
        now = time.monotonic()
        if now - self._shown < _SECONDS_BETWEEN:
            return
        self._shown = now
        try:
            done = round(_STEPS * progress.done())
            if done < self._bar.n:  # the next part of the training begins
                self._bar.reset(_STEPS)
            self._bar.set_description_str(f"pass {progress.iteration()}/{progress.maxIter()}")
            self._bar.set_postfix_str(f"mse {progress.mse():.6g}")
            self._bar.update(done - self._bar.n)
        except Exception:
            self._shown = float("inf")

    class Java:
        """What py4j asks for."""

        implements = [_LISTENER]  # noqa: RUF012


@contextmanager
def training_bar(java_estimator: Any, title: str, progress: bool | None) -> Iterator[None]:
    """Show a bar while an estimator trains, and take the listener back after that."""
    if not wanted(progress):
        yield
        return
    from pyspark import java_gateway
    from tqdm.auto import tqdm

    # Spark's own, which foreachBatch uses as well: it stays, for all who come later.
    java_gateway.ensure_callback_server_started(gateway())  # type: ignore[no-untyped-call]
    layout = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}"
    with tqdm(total=_STEPS, desc=title, bar_format=layout, leave=False) as bar:
        java_estimator.setListener(_Listener(bar))
        try:
            yield
        finally:
            java_estimator.setListener(java_class(_LISTENER).NONE)
