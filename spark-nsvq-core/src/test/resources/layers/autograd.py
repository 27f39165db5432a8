"""Writes autograd.txt: layers written in JAX, and what JAX's autograd makes of them, in float64.

    python3 -m venv venv && venv/bin/pip install jax && venv/bin/python autograd.py > autograd.txt

A case is a block of lines, each a key and its values; matrices are row-major. The random numbers are part of the case.
"""

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)

SIGMA = 0.3
TAU = 0.8
BETA = 0.25
N = 5
sg = jax.lax.stop_gradient


def norm(a):
    return jnp.sqrt(jnp.sum(a * a, axis=-1, keepdims=True))


def squared(x, c):
    return jnp.sum((x[:, None, :] - c[None, :, :]) ** 2, axis=-1)


class Books:
    """Codebooks: how rows choose, and what their choice stands for."""

    def __init__(self, kind, m, k, d):
        self.kind, self.m, self.k, self.d = kind, m, k, d
        self.total, self.columns = m * k, d // m if kind == "product" else d

    def split(self, c):
        return jnp.reshape(c, (self.m, self.k, self.columns))

    def choose(self, c, w, x):
        books = self.split(c)
        if self.kind == "product":
            parts = jnp.split(x, self.m, axis=1)
            weights = jnp.split(w, self.m)
            chosen = [jnp.argmin(squared(p * v, b * v), axis=1) for p, v, b in zip(parts, weights, books)]
        else:
            rest, chosen = x, []
            for book in books:
                index = jnp.argmin(squared(rest * w, book * w), axis=1)
                rest = rest - book[index]
                chosen.append(index)
        return jnp.stack(chosen, axis=1)

    def stands_for(self, c, chosen):
        words = [book[chosen[:, m]] for m, book in enumerate(self.split(c))]
        return jnp.concatenate(words, axis=1) if self.kind == "product" else sum(words)


def substitution(direction, per_part=False):
    def output(x, c, w, case):
        approximation = case["books"].stands_for(c, case["indices"])
        size = case["books"].columns if per_part else x.shape[1]
        blocks = []
        for at in range(0, x.shape[1], size):
            cut = slice(at, at + size)
            e = w[cut] * (x[:, cut] - approximation[:, cut])
            blocks.append(x[:, cut] + norm(e) * direction(e, case["v"][:, cut]) / w[cut])
        return jnp.concatenate(blocks, axis=1), 0.0

    return output


def nsvq(e, v):
    return v / norm(v)


def unnormalized(e, v):
    return v / jnp.sqrt(v.shape[1])


def diveq(e, v):
    n = -e + SIGMA * v
    return sg(n / norm(n))


def detached(e, v):
    return sg(-e / norm(e))


def straight_through(x, c, w, case):
    approximation = case["books"].stands_for(c, case["indices"])
    losses = jnp.sum((sg(x) - approximation) ** 2) + BETA * jnp.sum((x - sg(approximation)) ** 2)
    return x + sg(approximation - x), losses


def moving_average(x, c, w, case):
    approximation = sg(case["books"].stands_for(c, case["indices"]))
    return x + sg(approximation - x), BETA * jnp.sum((x - approximation) ** 2)


def space_filling(x, c, w, case):
    i = case["indices"][:, 0]
    share = case["shares"][i][:, None]
    d = x.shape[1]
    first, second = c[i] - x, c[i + 1] - x
    n1, n2 = first + SIGMA * case["v"][:, :d], second + SIGMA * case["v"][:, d:]
    one = (1 - share) * norm(first) * sg(n1 / norm(n1))
    two = share * norm(second) * sg(n2 / norm(n2))
    return x + one + two, 0.0


def distances(x, c, plain):
    return jnp.sqrt(squared(x, c)) if plain else squared(x, c)


def soft(plain):
    def output(x, c, w, case):
        return jax.nn.softmax(-TAU * distances(x, c, plain), axis=1) @ c, 0.0

    return output


def gumbel(plain):
    def output(x, c, w, case):
        logits = jax.nn.log_softmax(-distances(x, c, plain), axis=1)
        y = jax.nn.softmax(TAU * (logits - jnp.log(-jnp.log(case["u"]))), axis=1)
        hard = jax.nn.one_hot(jnp.argmax(y, axis=1), c.shape[0], dtype=c.dtype)
        return sg(hard - y) @ sg(c) + y @ c, 0.0

    return output


def rounded(a):
    """Few digits keep the file small."""
    return jnp.asarray(np.round(np.asarray(a), 3))


def write(name, layer, books, seed, weighted=False):
    random = np.random.default_rng(seed)
    x = rounded(random.standard_normal((N, books.d)))
    c = rounded(random.standard_normal((books.total, books.columns)))
    w = rounded(0.5 + 2 * random.random(books.d)) if weighted else jnp.ones(books.d)
    g = rounded(random.standard_normal((N, books.d)))
    case = {"books": books}
    draws = {}
    if name.startswith(("nsvq", "unnormalized", "diveq")):
        draws["v"] = rounded(random.standard_normal((N, books.d)))
    if name == "space-filling":
        draws["v"] = rounded(random.standard_normal((N, 2 * books.d)))
        draws["shares"] = rounded(0.05 + 0.9 * random.random(books.k - 1))
        share = draws["shares"][:, None]
        case["indices"] = jnp.argmin(squared(x, (1 - share) * c[:-1] + share * c[1:]), axis=1)[:, None]
    else:
        case["indices"] = books.choose(c, w, x)
    if name.startswith("gumbel"):
        draws["u"] = rounded(0.01 + 0.98 * random.random((N, books.k)))
        noisy = -distances(x, c, name.endswith("plain")) - jnp.log(-jnp.log(draws["u"]))
        case["indices"] = jnp.argmax(noisy, axis=1)[:, None]
    case.update(draws)

    def loss(x, c, w):
        output, own = layer(x, c, w, case)
        return jnp.sum(output * g) + own

    output, own = layer(x, c, w, case)
    dx, dc, dw = jax.grad(loss, argnums=(0, 1, 2))(x, c, w)
    print("layer", name)
    print("books", books.kind, books.m, books.k, books.d)
    given = {"rows": x, "codewords": c, **({"weights": w} if weighted else {}), "downstream": g, **draws}
    for key, value in given.items():
        print(key, *[f"{float(number):.3f}".rstrip("0").rstrip(".") for number in np.ravel(value)])
    print("indices", *np.ravel(case["indices"]))
    found = {"output": output, "loss": own, "dx": dx, "dc": dc, **({"dw": dw} if weighted else {})}
    for key, value in found.items():
        print(key, *[f"{float(number):.10g}" for number in np.ravel(value)])
    print()


def main():
    shapes = [Books("one", 1, 4, 3), Books("one", 1, 3, 1), Books("one", 1, 1, 2), Books("one", 1, 6, 7)]
    several = [Books("product", 2, 16, 4), Books("residual", 3, 4, 3), Books("residual", 2, 5, 1)]
    seed = 0
    for books in shapes + several:
        for name, direction in {
            "nsvq": nsvq,
            "unnormalized": unnormalized,
            "diveq": diveq,
            "diveq-detached": detached,
        }.items():
            seed += 1
            write(name, substitution(direction), books, seed)
            if name == "nsvq" or (name == "unnormalized" and books.kind == "one"):
                write(name, substitution(direction), books, seed, weighted=True)
            if books.kind == "product":
                write(name + "-per-part", substitution(direction, per_part=True), books, seed)
        write("straight-through", straight_through, books, seed)
        write("moving-average", moving_average, books, seed)
    for books in shapes:
        seed += 1
        if books.k > 1:
            write("space-filling", space_filling, books, seed)
        for plain in (False, True):
            end = "-plain" if plain else ""
            write("soft" + end, soft(plain), books, seed)
            write("gumbel" + end, gumbel(plain), books, seed)


main()
