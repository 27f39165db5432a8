"""Four ways to scan fewer rows, or fewer bytes, for the same recall; see fewer-rows.sh.

fewer_rows.py PEERS lists FOLDER METRIC LISTS     early stop and spilling: rows scanned for a recall
fewer_rows.py PEERS codes FOLDER PROBES rotated|- M...  4-bit codes in 256 lists: plain, anisotropic, with a factor for each vector
fewer_rows.py PEERS rabitq FOLDER PROBES SPEC...  faiss's RaBitQ beside its 4-bit PQ
fewer_rows.py PEERS plain FOLDER METRIC M BITS    codes of whole vectors, searched exhaustively, plain and anisotropic
fewer_rows.py PEERS index FOLDER SPEC FILE        writes faiss's index
One thread. k-means and product quantizers are faiss's.
"""
import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
sys.path.insert(0, sys.argv[1])
import faiss  # noqa: E402
import numpy as np  # noqa: E402
from common import find, read  # noqa: E402

faiss.omp_set_num_threads(1)
TARGETS = (0.8, 0.9, 0.95, 0.99)
K = 10


def squared(a, b):
    return np.maximum((a * a).sum(1)[:, None] + (b * b).sum(1)[None] - 2 * a @ b.T, 0)


def load(folder, metric="l2"):
    base, query = read(find(folder, "base")), read(find(folder, "query"))
    if metric == "cosine":
        base /= np.linalg.norm(base, axis=1, keepdims=True) + 1e-12
        query /= np.linalg.norm(query, axis=1, keepdims=True) + 1e-12
    return base, query


def centroids(base, lists):
    kmeans = faiss.Kmeans(base.shape[1], lists, niter=15, seed=1, max_points_per_centroid=256)
    kmeans.train(base)
    return kmeans.centroids


class Lists:
    """Rows scanned against the share of the ten true neighbors that lie in the lists scanned."""

    def __init__(self, folder, metric, count):
        self.base, self.query = load(folder, metric)
        self.count, self.metric = count, metric
        self.centroids = centroids(self.base, count)
        self.near = np.concatenate([self.nearest(i) for i in range(0, len(self.base), 5000)])
        self.first = self.near[:, 0]
        product = metric != "l2"
        self.from_query = -self.query @ self.centroids.T if product else np.sqrt(squared(self.query, self.centroids))
        self.order = self.from_query.argsort(1)
        self.sorted = np.take_along_axis(self.from_query, self.order, 1)
        self.rank = np.empty_like(self.order)
        np.put_along_axis(self.rank, self.order, np.arange(count)[None].repeat(len(self.query), 0), 1)
        steps = range(0, len(self.query), 100)
        apart = [-self.query[i : i + 100] @ self.base.T if product else squared(self.query[i : i + 100], self.base) for i in steps]
        self.apart = np.concatenate(apart)
        self.truth = np.argpartition(self.apart, K, axis=1)[:, :K]
        self.spread = np.sqrt(((self.centroids - self.centroids.mean(0)) ** 2).sum(1).mean())
        self.reference = None

    def nearest(self, i):
        apart = squared(self.base[i : i + 5000], self.centroids)
        some = np.argpartition(apart, 20, axis=1)[:, :21]
        return np.take_along_axis(some, np.take_along_axis(apart, some, 1).argsort(1), 1)

    def assigned(self, second=None):
        """Rows after each probe, and at which probe each true neighbor is met."""
        sizes = np.bincount(self.first, minlength=self.count)
        met = np.take_along_axis(self.rank, self.first[self.truth], 1)
        if second is not None:
            sizes = sizes + np.bincount(second, minlength=self.count)
            met = np.minimum(met, np.take_along_axis(self.rank, second[self.truth], 1))
        return sizes[self.order].cumsum(1), met

    def points(self, assigned, probes):
        rows, met = assigned
        for each in probes:
            each = np.clip(np.broadcast_to(each, len(rows)), 1, self.count)
            yield rows[np.arange(len(rows)), each - 1].mean(), (met < each[:, None]).mean()

    def show(self, name, points):
        points = sorted(points)
        rows = np.array([p[0] for p in points])
        recall = np.maximum.accumulate([p[1] for p in points])
        at = [np.interp(t, recall, rows) if recall[0] <= t <= recall[-1] else np.nan for t in TARGETS]
        self.reference = self.reference or at
        cells = " ".join(f"{a:7.0f} {a / b:5.2f}" if a == a else "      -     -" for a, b in zip(at, self.reference))
        print(f"{name:40s} {cells}", flush=True)

    def fixed(self):
        return [p for p in range(1, self.count + 1) if p <= 32 or p % 4 == 0]

    def slack(self):
        length = 1 if self.metric == "l2" else np.linalg.norm(self.query, axis=1)[:, None]
        for slack in np.geomspace(0.003, 8, 80):
            yield (self.sorted - self.sorted[:, :1] <= slack * self.spread * length).sum(1)

    def ratio(self):
        for more in np.geomspace(0.01, 10, 80):
            yield (self.sorted**2 <= (1 + more) * self.sorted[:, :1] ** 2).sum(1)

    def patience(self):
        changed = np.zeros((len(self.query), self.count), bool)
        members = [np.flatnonzero(self.first == c) for c in range(self.count)]
        for q in range(len(self.query)):
            best = np.full(K, np.inf)
            for p, c in enumerate(self.order[q]):
                nearer = self.apart[q, members[c]]
                nearer = nearer[nearer < best[-1]]
                if len(nearer):
                    best = np.sort(np.concatenate([best, nearer]))[:K]
                    changed[q, p] = True
        for patience in list(range(1, 40)) + list(range(40, self.count, 8)):
            since, end = np.zeros(len(self.query), int), np.full(len(self.query), self.count)
            for p in range(self.count):
                since = np.where(changed[:, p], 0, since + 1)
                end = np.where((end == self.count) & (since >= patience), p + 1, end)
            yield end

    def exact(self):
        """Rows that are scanned where a list is left out only if its radius proves that it holds no neighbor."""
        away = np.sqrt(squared(self.query, self.centroids))
        own = np.sqrt(((self.base - self.centroids[self.first]) ** 2).sum(1))
        radius = np.array([own[self.first == c].max(initial=0) for c in range(self.count)])
        kth = np.sqrt(np.partition(self.apart, K - 1, axis=1)[:, K - 1 : K])
        return (np.bincount(self.first, minlength=self.count) * (away - radius <= kth)).sum(1).mean()

    def spilled(self, weight):
        """SOAR: the second list minimises |r'|^2 + weight <r, r'>^2 / |r|^2, among the 20 next nearest."""
        second = np.empty(len(self.base), int)
        for i in range(0, len(self.base), 5000):
            rows, near = self.base[i : i + 5000], self.near[i : i + 5000]
            residual = rows - self.centroids[near[:, 0]]
            length = np.maximum((residual * residual).sum(1), 1e-12)
            costs = []
            for j in range(1, 21):
                other = rows - self.centroids[near[:, j]]
                costs.append((other * other).sum(1) + weight * (other * residual).sum(1) ** 2 / length)
            second[i : i + 5000] = near[np.arange(len(rows)), 1 + np.argmin(costs, 0)]
        return second

    def run(self):
        once = self.assigned()
        self.show("fixed probes", self.points(once, self.fixed()))
        self.show("slack", self.points(once, self.slack()))
        if self.metric == "l2":
            self.show("ratio of squared distances (SPANN)", self.points(once, self.ratio()))
        self.show("patience (lists without a change)", self.points(once, self.patience()))
        if self.metric == "l2":
            print(f"{'list radius, exact: nothing is lost':40s} {self.exact():7.0f} rows of {len(self.base)}")
        self.show("spill to the second nearest", self.points(self.assigned(self.near[:, 1]), self.fixed()))
        for weight in (1.0, 1.5):
            twice = self.assigned(self.spilled(weight))
            self.show(f"SOAR, lambda {weight}", self.points(twice, self.fixed()))
            self.show(f"SOAR, lambda {weight}, slack", self.points(twice, self.slack()))


class Anisotropic:
    """Codes c of vectors x that minimise |x - c|^2 + (eta - 1) <x - c, x>^2 / |x|^2, given codebooks."""

    def __init__(self, vectors, parts, bits):
        self.x = np.ascontiguousarray(vectors, "f4")
        self.n2 = np.maximum((self.x * self.x).sum(1), 1e-12)
        quantizer = faiss.ProductQuantizer(vectors.shape[1], parts, bits)
        quantizer.train(self.x)
        self.books = faiss.vector_to_array(quantizer.centroids).reshape(parts, 1 << bits, -1).copy()
        self.cut = self.x.reshape(len(self.x), parts, -1)
        own = [((b * b).sum(1) - 2 * self.cut[:, m] @ b.T).argmin(1) for m, b in enumerate(self.books)]
        self.plain = np.stack(own, 1)

    def decoded(self, codes):
        return np.concatenate([b[codes[:, m]] for m, b in enumerate(self.books)], 1)

    def encode(self, eta, sweeps=3):
        """Coordinate descent over the parts: the other parts enter by their share of <x - c, x> alone."""
        codes = self.plain.copy()
        share = np.stack([self.share(m, codes[:, m]) for m in range(len(self.books))], 1)
        total = share.sum(1)
        weight = ((eta - 1) / self.n2)[:, None]
        rows = np.arange(len(codes))
        for _ in range(sweeps):
            for m, book in enumerate(self.books):
                x = self.cut[:, m]
                products = x @ book.T
                along = (x * x).sum(1)[:, None] - products
                loss = (book * book).sum(1) - 2 * products + weight * ((total - share[:, m])[:, None] + along) ** 2
                codes[:, m] = loss.argmin(1)
                now = along[rows, codes[:, m]]
                total += now - share[:, m]
                share[:, m] = now
        return codes

    def share(self, m, of):
        return (self.cut[:, m] * (self.cut[:, m] - self.books[m][of])).sum(1)

    def gather(self, vectors, codes):
        """Adds up the parts of vectors by codeword."""
        out = np.zeros(self.books.shape)
        cut = vectors.reshape(self.cut.shape)
        for m, book in enumerate(out):
            for j in range(book.shape[1]):
                book[:, j] = np.bincount(codes[:, m], cut[:, m, j], len(book))
        return out

    def loss(self, codes, eta):
        off = self.x - self.decoded(codes)
        return ((off * off).sum(1) + (eta - 1) * (off * self.x).sum(1) ** 2 / self.n2).sum(dtype="f8")

    def gradient(self, codes, eta):
        off = self.x - self.decoded(codes)
        return -2 * self.gather(off + ((eta - 1) * (off * self.x).sum(1) / self.n2)[:, None] * self.x, codes)

    def update(self, codes, eta, steps=15):
        """Normal equations by conjugate gradients: (G + (eta - 1) u u^T) c = eta x, gathered by codeword."""
        count = np.stack([np.bincount(codes[:, m], minlength=self.books.shape[1]) for m in range(len(self.books))])
        count = np.maximum(count, 1)[:, :, None]

        def normal(books):
            kept, self.books = self.books, books
            made = self.decoded(codes)
            self.books = kept
            return self.gather(made + ((eta - 1) * (made * self.x).sum(1) / self.n2)[:, None] * self.x, codes)

        books = self.books.astype("f8")
        rest = eta * self.gather(self.x, codes) - normal(books)
        scaled = rest / count
        way, product = scaled, (rest * scaled).sum()
        for _ in range(steps):
            image = normal(way)
            step = product / (way * image).sum()
            books, rest = books + step * way, rest - step * image
            scaled = rest / count
            after = (rest * scaled).sum()
            way, product = scaled + after / product * way, after
        self.books = books.astype("f4")

    def check(self, eta):
        """Largest relative difference of the gradient from central differences, in double precision."""
        kept = self.x, self.books, self.n2, self.cut
        parts = self.cut.shape[1:]
        self.x = self.x[:300].astype("f8")
        self.books, self.n2, codes = self.books.astype("f8"), self.n2[:300].astype("f8"), self.plain[:300]
        self.cut = self.x.reshape(len(self.x), *parts)
        gradient = self.gradient(codes, eta)
        random, worst = np.random.RandomState(1), 0
        for _ in range(20):
            at = tuple(random.randint(s) for s in self.books.shape)
            value, h = self.books[at], 1e-4 * np.abs(self.books).mean()
            self.books[at] = value + h
            up = self.loss(codes, eta)
            self.books[at] = value - h
            down = self.loss(codes, eta)
            self.books[at] = value
            worst = max(worst, abs((up - down) / 2 / h - gradient[at]) / np.abs(gradient).max())
        self.x, self.books, self.n2, self.cut = kept
        return worst


def ten(found, truth):
    return np.mean([len(set(a) & set(b)) for a, b in zip(found, truth)]) / K


def codes(folder, probes, parts, rotated):
    """Residuals of 256 lists in 4-bit codes: recall@10 of ten, from the codes alone, or of 20, 40, 80 ranked again."""
    base, query = load(folder)
    query = query[: int(os.environ.get("QUERIES", "300"))]
    if rotated:
        turn = np.linalg.qr(np.random.RandomState(1).randn(base.shape[1], base.shape[1]))[0].astype("f4")
        base, query = base @ turn, query @ turn
    truth = read(find(folder, "groundtruth"))[: len(query), :K]
    middle = centroids(base, 256)
    coarse = faiss.IndexFlatL2(base.shape[1])
    coarse.add(middle)
    own = coarse.search(base, 1)[1][:, 0]
    away, probed = coarse.search(query, probes)
    residual = base - middle[own]
    members = [np.flatnonzero(own == c) for c in range(256)]

    def show(name, decoded, term, factor, seconds=0.0):
        found = {10: 0.0, 20: 0.0, 40: 0.0, 80: 0.0}
        for q in range(len(query)):
            ids = np.concatenate([members[c] for c in probed[q]])
            start = np.repeat(away[q], [len(members[c]) for c in probed[q]])
            product = np.einsum("ij,ij->i", decoded[ids], query[q] - middle[own[ids]])
            best = ids[(start + term[ids] - 2 * factor[ids] * product).argsort(kind="stable")[:80]]
            exact = ((base[best] - query[q]) ** 2).sum(1)
            found[10] += len(set(best[:K]) & set(truth[q]))
            for k in (20, 40, 80):
                found[k] += len(set(best[:k][exact[:k].argsort()[:K]]) & set(truth[q]))
        cells = " ".join(f"{v / len(query) / K:6.3f}" for v in found.values())
        print(f"{name:40s} {cells}  {seconds:6.1f}", flush=True)

    length = (residual * residual).sum(1)
    one = np.ones(len(base), "f4")
    for count in parts:
        coder = Anisotropic(residual, count, 4)
        plain = coder.decoded(coder.plain)
        show(f"PQ{count}x4, {count // 2} bytes", plain, (plain * plain).sum(1), one)
        along = (plain * residual).sum(1)
        factor = np.where(along > 0, length / np.maximum(along, 1e-12), 1)
        show(f"PQ{count}x4 and a factor, {count // 2} + 8 bytes", plain, length, factor)
        for eta in (2, 4, 8):
            start = time.process_time()
            made = coder.decoded(coder.encode(eta))
            taken = time.process_time() - start
            show(f"PQ{count}x4 anisotropic, eta {eta}", made, (made * made).sum(1), one, taken)


def rabitq(folder, probes, specs):
    base, query = load(folder)
    truth = read(find(folder, "groundtruth"))[:, :K]
    for spec in specs:
        start = time.process_time()
        index = faiss.index_factory(base.shape[1], spec)
        index.train(base)
        index.add(base)
        built = time.process_time() - start
        ivf = faiss.extract_index_ivf(index)
        for p in probes:
            ivf.nprobe = p
            index.search(query[:50], K)
            taken = []
            for _ in range(3):
                start = time.process_time()
                found = index.search(query, K)[1]
                taken.append(time.process_time() - start)
            more = index.search(query, 80)[1]
            cells = [ten(found, truth)]
            for k in (20, 40, 80):
                best = []
                for q in range(len(query)):
                    some = more[q, :k][more[q, :k] >= 0]
                    best.append(some[((base[some] - query[q]) ** 2).sum(1).argsort()[:K]])
                cells.append(ten(best, truth))
            text = " ".join(f"{c:6.3f}" for c in cells)
            print(f"{spec:24s} {ivf.code_size:5d} {built:6.1f} {p:4d} {text} {len(query) / min(taken):8.0f}", flush=True)


def plain(folder, metric, parts, bits):
    base, query = load(folder, metric)
    product = query @ base.T
    truth = np.argpartition(-product, K, axis=1)[:, :K]
    nearest = product.argmax(1)[:, None]
    coder = Anisotropic(base, parts, bits)
    start_books = coder.books.copy()

    def show(name, made):
        score = query @ coder.decoded(made).T
        best = np.argpartition(-score, 100, axis=1)[:, :100]
        best = np.take_along_axis(best, (-np.take_along_axis(score, best, 1)).argsort(1), 1)
        cells = [(best[:, :k] == nearest).any(1).mean() for k in (1, 10, 100)] + [ten(best[:, :K], truth)]
        print(f"{name:40s} " + " ".join(f"{c:6.3f}" for c in cells), flush=True)

    show(f"PQ{parts}x{bits}", coder.plain)
    print(f"# eta 4, gradient against central differences: at most {coder.check(4):.1e} of its largest value apart")
    for eta in (1.5, 4):
        coder.books = start_books.copy()
        made = coder.encode(eta)
        show(f"anisotropic codes, eta {eta}", made)
        for _ in range(int(os.environ.get("ROUNDS", "3"))):
            coder.update(made, eta)
            made = coder.encode(eta, 2)
        show(f"anisotropic codes and codebooks, eta {eta}", made)


def main():
    what, folder, rest = sys.argv[2], sys.argv[3], sys.argv[4:]
    if what == "lists":
        Lists(folder, rest[0], int(rest[1])).run()
    elif what == "codes":
        codes(folder, int(rest[0]), [int(m) for m in rest[2:]], rest[1] == "rotated")
    elif what == "rabitq":
        rabitq(folder, [int(p) for p in rest[0].split(",")], rest[1:])
    elif what == "plain":
        plain(folder, rest[0], int(rest[1]), int(rest[2]))
    elif what == "index":
        base, _ = load(folder)
        index = faiss.index_factory(base.shape[1], rest[0])
        index.train(base)
        index.add(base)
        faiss.write_index(index, rest[1])


if __name__ == "__main__":
    main()
