"""What faiss decodes the vectors of an index to."""

import faiss
import numpy


def reversed_rows(index, rows):
    """Rows as they were before the transforms of an index, as far as those can be turned back."""
    if not isinstance(index, faiss.IndexPreTransform):
        return rows
    out = numpy.zeros((len(rows), index.d), "float32")
    if len(rows):
        index.reverse_chain(len(rows), faiss.swig_ptr(rows), faiss.swig_ptr(out))
    return out


def list_rows(ivf, number):
    """The decoded rows of a list."""
    size = ivf.invlists.list_size(number)
    rows = numpy.zeros((size, ivf.d), "float32")
    if isinstance(ivf, faiss.IndexIVFPQFastScan):
        ivf.fine_quantizer = ivf.pq  # faiss 1.15.1 does not set it when it reads a file, and would crash below
    for offset in range(size):
        ivf.reconstruct_from_offset(number, offset, faiss.swig_ptr(rows[offset]))
    return rows


def all_rows(index):
    """The decoded rows of all lists of an inverted-file index, one list after the other, and their ids."""
    ivf = faiss.downcast_index(faiss.extract_index_ivf(index))
    rows = [numpy.zeros((0, ivf.d), "float32")]
    ids = [numpy.zeros(0, "int64")]
    for number in range(ivf.nlist):
        size = ivf.invlists.list_size(number)
        if size:
            rows.append(list_rows(ivf, number))
            ids.append(faiss.rev_swig_ptr(ivf.invlists.get_ids(number), size).copy())
    return reversed_rows(index, numpy.concatenate(rows)), numpy.concatenate(ids)
