"""Runs the notebooks of this directory and keeps what they print: execute.py [--check] [NOTEBOOK ...]

With --check nothing is kept: a notebook that fails, or takes more than five minutes, is an error.
"""

import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

MOST_SECONDS = 300  # most take half a minute; machines of CI are shared

#: What mkdtemp makes, other ones each time.
TEMPORARY = re.compile(re.escape(os.path.join(tempfile.gettempdir(), "tmp")) + r"\w{8}")


def executed(path: Path) -> nbformat.NotebookNode:
    """Returns a notebook with its new outputs, without Spark's log, bars of progress and names of temporary folders."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=MOST_SECONDS, kernel_name="python3").execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # the times
        if cell.cell_type == "code":
            kept = [output for output in cell.outputs if output.get("name") != "stderr"]
            named = TEMPORARY.sub("TEMPORARY", json.dumps(kept))
            cell.outputs = [nbformat.from_dict(output) for output in json.loads(named)]
    return notebook


def main(arguments: list[str]) -> None:
    check = "--check" in arguments
    named = [Path(argument) for argument in arguments if argument != "--check"]
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    for path in named or sorted(Path(__file__).parent.glob("*.ipynb")):
        began = time.monotonic()
        notebook = executed(path)
        seconds = time.monotonic() - began
        print(f"{path.name}: {seconds:.0f} s", flush=True)
        if check and seconds > MOST_SECONDS:
            sys.exit(f"{path.name} took more than {MOST_SECONDS} s")
        if not check:
            nbformat.write(notebook, path)


if __name__ == "__main__":
    main(sys.argv[1:])
