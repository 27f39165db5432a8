"""Vector quantization and nearest-neighbor search for Spark.

``builder()`` starts a session; stages are those of ``pyspark.ml``. ``serve`` and ``plot`` need the
extras of these names.
"""

from __future__ import annotations

import importlib.util
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

try:
    __version__ = version("spark-nsvq")
except PackageNotFoundError:  # run from the sources
    __version__ = "0"

if TYPE_CHECKING or importlib.util.find_spec("pyspark") is not None:
    from . import ml
    from ._jvm import JAVA_PACKAGE
    from ._position import SourcePosition
    from .ml import *  # noqa: F403
    from .session import attach, builder, jar_path

    # PySpark imports the Python class of a Java stage by the Java class's own name. "io" is a
    # module of Python and no package, so that the name has to be put where Python looks first.
    sys.modules[JAVA_PACKAGE] = ml

    __all__ = ["SourcePosition", "__version__", "attach", "builder", "jar_path", *ml.__all__]
else:
    __all__ = ["__version__"]

    def __getattr__(name: str) -> Any:
        if name.startswith("_") or name in ("advice", "plot", "serve"):  # the latter are modules
            raise AttributeError(name)
        raise ImportError(
            f"sparknsvq.{name} needs pyspark: pip install 'spark-nsvq[spark]';"
            " sparknsvq.serve works without it"
        )
