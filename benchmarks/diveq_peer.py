"""Layers of the package diveq on random rows: writes what they gave to a file, and prints what is odd about them.

usage: diveq_peer.py FILE
"""

import sys
import warnings
from importlib.metadata import version

import diveq
import torch
from torch.distributions import normal

SIGMA = 0.05
ROWS = 500
quiet = {"allow_warning": False, "verbose": False}
sampled = []
plain_sample = normal.Normal.sample


def sample(self, shape=()):
    """The package's own draws, kept."""
    drawn = plain_sample(self, shape).double()
    sampled.append(drawn / self.scale)
    return drawn


normal.Normal.sample = sample
warnings.simplefilter("ignore")


def numbers(values):
    return " ".join(f"{float(value):.17g}" for value in values.detach().reshape(-1))


def write(file, name, shape, layer, rows):
    """Runs a layer forward and backward, in double but on values of float32."""
    layer = layer.double()
    d = rows.shape[1]
    with torch.no_grad():
        layer.codebook.copy_(torch.randn(layer.codebook.shape).float())
    rows = rows.clone().requires_grad_()
    g = torch.randn(rows.shape).float().double()
    sampled.clear()
    shares = []
    if name.startswith("SF"):
        make = layer._generate_dithered_codebook

        def kept(device):
            points, dither = make(device)
            shares.append(dither)
            return points, dither

        layer._generate_dithered_codebook = kept
    output, indices, _ = layer(rows)
    (output * g).sum().backward()
    indices = torch.stack(indices, dim=1) if isinstance(indices, list) else indices
    lines = {"rows": rows, "codewords": layer.codebook, "downstream": g, "output": output}
    lines |= {"dx": rows.grad, "dc": layer.codebook.grad, "indices": indices}
    if sampled:
        lines["v"] = torch.cat(sampled, dim=1)
    if shares:
        lines["shares"] = shares[0]
    print("layer", name, file=file)
    print("shape", *shape, d, file=file)
    print("sigma", SIGMA, file=file)
    for key, value in lines.items():
        print(key, numbers(value), file=file)
    print(file=file)
    return layer, rows, output, indices, shares


def agreement(path):
    """Writes the cases."""
    with open(path, "w", encoding="ascii") as file:
        for k, d in ((64, 16), (5, 1), (1, 3)):
            rows = torch.randn(ROWS, d).float().double()
            write(file, "DIVEQ", ("one", 1, k), diveq.DIVEQ(k, d, noise_var=SIGMA, **quiet), rows)
            write(file, "DIVEQDetach", ("one", 1, k), diveq.DIVEQDetach(k, d, **quiet), rows)
        rows = torch.randn(ROWS, 16).float().double()
        on = {"noise_var": SIGMA, **quiet}
        write(file, "ResidualDIVEQ", ("residual", 3, 16), diveq.ResidualDIVEQ(16, 16, 3, **on), rows)
        write(file, "ProductDIVEQ", ("product", 4, 16), diveq.ProductDIVEQ(16, 16, 4, **on), rows)
        line = {"skip_iters": 1, "avg_iters": 1, "allow_warning": False}
        write(file, "SFDIVEQ", ("one", 1, 32), diveq.SFDIVEQ(32, 16, noise_var=SIGMA, **line), rows)
        return write(file, "SFDIVEQDetach", ("one", 1, 32), diveq.SFDIVEQDetach(32, 16, **line), rows)


def show(what, value):
    print(f"# {what}: {value}")


def oddities(detached):
    """What users of the package should know."""
    layer, rows, output, segments, shares = detached
    share = shares[0][segments].reshape(-1, 1)
    point = (1 - share) * layer.codebook[segments] + share * layer.codebook[segments + 1]
    gap = (output - point).norm(dim=1) / (point - rows).norm(dim=1)
    show("SFDIVEQDetach: distance of the output from the point on the segment, in quantization errors, mean",
         f"{gap.mean().item():.3f} (its second term points to the first corner)")

    sampled.clear()
    layer = diveq.DIVEQ(4, 8, noise_var=0.01, **quiet)
    layer(torch.zeros(100_000, 8))
    scale = 0.01 * sampled[0].std().item()
    show("DIVEQ(noise_var = 0.01): standard deviation of the noise that it draws",
         f"{scale:.5f} (a variance of 0.01 would have 0.1)")

    layer = diveq.DIVEQ(4, 8, **quiet)
    layer(layer.codebook.detach()[1].repeat(100, 1))
    show("codebook_usage after one batch of 100 rows that all chose codeword 1",
         f"{layer.codebook_usage.tolist()} (batches are counted, not rows)")

    layer = diveq.ResidualDIVEQ(4, 8, 2, codebook_reset=False, **quiet)
    layer(torch.randn(10, 8))
    show("ResidualDIVEQ(codebook_reset = False): sum of its usage counters after a batch",
         int(layer.codebook_usage.sum()))

    layer = diveq.DIVEQ(8, 4, replacement_iters=1, **quiet)
    with torch.no_grad():
        layer.codebook.copy_(torch.randn(8, 4))
    layer(layer.codebook.detach()[:2].clone())
    distinct = torch.unique(layer.codebook.detach(), dim=0).shape[0]
    show("different codewords in float32 after 6 of 8 were replaced by copies of the other 2, perturb_eps = 1e-9", distinct)

    layer = diveq.DIVEQ(4, 8, **quiet)
    rows = layer.codebook.detach().clone().requires_grad_()
    output, _, _ = layer(rows)
    output.sum().backward()
    show("rows that lie on codewords: gradients of rows and codewords finite",
         f"{bool(rows.grad.isfinite().all())}, {bool(layer.codebook.grad.isfinite().all())}")


def main():
    torch.manual_seed(1)
    torch.set_num_threads(1)
    detached = agreement(sys.argv[1])
    print(f"# diveq {version('diveq')}, torch {torch.__version__}, CPU; sigma = noise_var = {SIGMA}")
    oddities(detached)


if __name__ == "__main__":
    main()
