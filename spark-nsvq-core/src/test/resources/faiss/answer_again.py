"""Lets faiss answer from files that were written anew.

usage: answer_again.py FOLDER, which holds NAME.again.faiss and queries.f32. Writes NAME.again.ids and NAME.again.distances.
"""

import sys
from pathlib import Path

import faiss

from answering import answer

folder = Path(sys.argv[1])
for file in folder.glob("*.again.faiss"):
    answer(faiss.read_index(str(file)), folder, file.name[: -len(".faiss")])
