"""Lines of VqVaeRuns as tables, and their curves as a picture: vq_vae_table.py LINES.jsonl PICTURE.svg"""

import json
import statistics
import sys
from collections import defaultdict

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "vq-vae", "font.size": 8, "path.simplify": True})
import matplotlib.pyplot as plt  # noqa: E402

NAMES = {"ste": "STE", "ema": "EMA", "nsvq": "NSVQ", "diveq": "DiVeQ"}
COLORS = {"ste": "tab:gray", "ema": "tab:blue", "nsvq": "tab:red", "diveq": "tab:green"}
# [NSVQ] table 1, PSNR after 15,000 updates on all of CIFAR-10: (method, replacement) -> bits -> dB
PUBLISHED = {
    ("ste", False): {6: 23.16, 8: 23.60, 11: 23.75},
    ("ema", False): {6: 22.88, 8: 23.78, 11: 24.28},
    ("nsvq", False): {6: 22.85, 8: 23.39, 11: 24.19},
    ("nsvq", True): {6: 22.98, 8: 24.17, 11: 25.24},
}
# the poster on additive, residual and product VQ: codebooks -> bits -> (PSNR, SSIM)
PUBLISHED_SEVERAL = {
    "additive": {12: (23.40, 0.833), 16: (24.40, 0.876), 24: (25.46, 0.915), 40: (27.42, 0.951)},
    "residual": {12: (23.57, 0.830), 16: (24.66, 0.871), 24: (26.08, 0.913), 40: (27.61, 0.948)},
    "product": {12: (23.81, 0.838), 16: (24.40, 0.870), 24: (25.11, 0.905), 40: (26.62, 0.940)},
}

# codebooks, strategy, replacement, bits -> step -> figure -> seed -> value
runs = defaultdict(lambda: defaultdict(lambda: defaultdict(dict)))
seconds = defaultdict(float)
for line in open(sys.argv[1]):
    row = json.loads(line)
    variant = row["codebooks"], row["strategy"], row["replacement"], row["bits"]
    for figure in ("psnr", "ssim", "perplexity", "trainPerplexity", "dead"):
        runs[variant][row["step"]][figure][row["seed"]] = row[figure]
    if row["step"] == row["updates"]:
        seconds[row["codebooks"] == "one"] += row["cpuSeconds"]


def mean(variant, figure, step=None):
    steps = runs[variant]
    return statistics.mean(steps[step or max(steps)][figure].values())


def spread(values, digits):
    deviation = f" ({statistics.stdev(values):.{digits}f})" if len(values) > 1 else ""
    return f"{statistics.mean(values):.{digits}f}{deviation}"


def cell(variant, figure, digits, step=None):
    steps = runs[variant]
    return spread(list(steps[step or max(steps)][figure].values()), digits)


# Student's t, 97.5 %, of 1, 2, .. degrees of freedom: with three seeds two standard errors would be exceeded by chance 18 times of 100
T = [12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26]


def gain(one, other, figure="psnr"):
    """The mean difference of two variants, seed by seed, the text of it, and whether it is more than chance."""
    a, b = runs[one], runs[other]
    a, b = a[max(a)][figure], b[max(b)][figure]
    differences = [a[seed] - b[seed] for seed in a if seed in b]
    n = len(differences)
    interval = statistics.stdev(differences) / n**0.5 * T[min(n - 2, len(T) - 1)] if n > 1 else float("inf")
    difference = statistics.mean(differences)
    text = spread([round(d, 9) for d in differences], 2 if figure == "psnr" else 4)
    return difference, f"{'+' if difference > 0 else ''}{text}", abs(difference) > interval


single = sorted((v for v in runs if v[0] == "one"), key=lambda v: (v[2], list(NAMES).index(v[1]), v[3]))
several = sorted(v for v in runs if v[0] != "one")
bits = sorted({v[3] for v in single})
updates = max(max(runs[v]) for v in single)
seeds = sorted({seed for v in single for seed in runs[v][max(runs[v])]["psnr"]})


def variants(b):
    return [v for v in single if v[3] == b]


print("# encoder: 2 strided convolutions, 2 residual blocks, 1 x 1 to 64-D latents, 8 x 8 for an image; decoder: the like in reverse.")
print(f"# {updates} updates of 32 images, Adam 1e-3, loss: mean squared error / variance of the pixels; mean (standard deviation) of")
print(f"# {len(seeds)} seeds")
print("# STE: codebook loss + .25 commitment; EMA: decay .99, .25 commitment; DiVeQ: sigma .001; codebooks start in U(-1/K, 1/K).")
print("# 'replaced': codewords in less than 10 % of the batches are replaced by copies of others (+ noise of .001), ten times every")
print("# .5 % of the updates, then every 3 %, none in the last 3 %; Adam forgets the moments of what was replaced. 'once': after the first")
print("# update alone, in all runs alike ([NSVQ] footnote 4): the codebook does not start without. Every layer has both.")
print("# PSNR and SSIM (11 x 11 Gaussian, sigma 1.5, mean of channels): means over the held-out images; perplexity: of all held-out")
print("# latents; dead: codewords that no latent of the training images chooses")
print("# published: [NSVQ] table 1, 15,000 updates, all of CIFAR-10, a larger network: only the order can be compared")
print(f"# CPU: {seconds[True] / 60:.0f} minutes, one thread")
for b in bits:
    print(f"\n{b} bits")
    print(f"{'layer':<7}{'codewords':<11}{'PSNR':>14}{'SSIM':>16}{'perplexity':>16}{'dead':>14}{'published PSNR':>16}")
    for v in variants(b):
        published = PUBLISHED.get(v[1:3], {}).get(b)
        print(
            f"{NAMES[v[1]]:<7}{'replaced' if v[2] else 'once':<11}{cell(v, 'psnr', 2):>14}{cell(v, 'ssim', 4):>16}"
            f"{cell(v, 'perplexity', 1):>16}{cell(v, 'dead', 1):>14}{'-' if published is None else '%.2f' % published:>16}"
        )

print("\nPSNR after so many updates, mean of the seeds")
steps = sorted(runs[single[0]])
shown = [s for s in steps if s * 10 // updates in (1, 2, 3, 5, 7, 10)]
print(f"{'':<26}" + "".join(f"{s:>8}" for s in shown))
for v in single:
    name = f"{NAMES[v[1]]}, {'replaced' if v[2] else 'once'}, {v[3]} bits"
    print(f"{name:<26}" + "".join(f"{mean(v, 'psnr', s):>8.2f}" for s in shown))

print("\nDifferences in PSNR, dB, of runs of the same seed; 'undecided': 0 lies in the 95 % interval of the mean (Student's t)")
print("\nIs the published order confirmed? There: STE < EMA < NSVQ with replacement at 8 and 11 bits; at 6 bits NSVQ below STE.")
PAIRS = [(("ema", False), ("ste", False)), (("nsvq", True), ("ste", False)), (("nsvq", True), ("ema", False))]
for b in bits:
    for one, two in PAIRS:
        first, second = ("one", *one, b), ("one", *two, b)
        if first in runs and second in runs:
            difference, text, sure = gain(first, second)
            expected = PUBLISHED[one][b] - PUBLISHED[two][b]
            verdict = "undecided" if not sure else "confirmed" if difference * expected > 0 else "contradicted"
            names = " - ".join(f"{NAMES[name]} ({'replaced' if replaced else 'once'})" for name, replaced in (one, two))
            print(f"  {b:>2} bits: {names:<30}{text:>14}; published {expected:+.2f}: {verdict}")
print("\nThe control: with the same replacement for all, does the noise help? PSNR and SSIM")
for b in bits:
    for name in ("nsvq", "diveq"):
        for other in ("ste", "ema"):
            one, two = ("one", name, True, b), ("one", other, True, b)
            if one in runs and two in runs:
                difference, text, sure = gain(one, two)
                verdict = "undecided" if not sure else "better" if difference > 0 else "worse"
                print(f"  {b:>2} bits: {NAMES[name] + ' - ' + NAMES[other]:<14}{text:>14}{gain(one, two, 'ssim')[1]:>18}  {verdict}")
print("\nWhat replacement after the first update brings, layer by layer")
for b in bits:
    for name in NAMES:
        one, two = ("one", name, True, b), ("one", name, False, b)
        if one in runs and two in runs:
            _, text, sure = gain(one, two)
            print(f"  {b:>2} bits: {NAMES[name]:<6}{text:>14}{'' if sure else '  undecided'}")

if several:
    count = len({seed for v in several for seed in runs[v][max(runs[v])]["psnr"]})
    print(f"\nSeveral codebooks at the bottleneck: 4 of bits / 4 each, NSVQ with replacement, {count} seeds; additive: beam 4")
    print("# residual: greedy; perplexity: mean of the codebooks; dead: of all of them")
    print(f"# CPU: {seconds[False] / 60:.0f} minutes, one thread; published: the poster on additive, residual and product VQ (ICASSP 2023)")
    print(f"{'bits':<6}{'codebooks':<12}{'PSNR':>14}{'SSIM':>16}{'perplexity':>16}{'dead':>12}{'published PSNR, SSIM':>24}")
    for v in sorted(several, key=lambda v: v[3]):
        published = PUBLISHED_SEVERAL[v[0]].get(v[3])
        print(
            f"{v[3]:<6}{v[0]:<12}{cell(v, 'psnr', 2):>14}{cell(v, 'ssim', 4):>16}{cell(v, 'perplexity', 1):>16}"
            f"{cell(v, 'dead', 1):>12}{'-' if published is None else '%.2f, %.3f' % published:>24}"
        )

figure, axes = plt.subplots(3, len(bits), figsize=(3 * len(bits), 7), sharex=True, squeeze=False)
for column, b in enumerate(bits):
    for row, (name, label) in enumerate([("psnr", "PSNR, dB"), ("ssim", "SSIM"), ("perplexity", "perplexity")]):
        axis = axes[row][column]
        for v in variants(b):
            style = {"color": COLORS[v[1]], "linestyle": "-" if v[2] else ":", "linewidth": 1.2}
            label_of = f"{NAMES[v[1]]}{', replaced' if v[2] else ''}"
            axis.plot(sorted(runs[v]), [mean(v, name, s) for s in sorted(runs[v])], label=label_of, **style)
        if row == 0:
            axis.set_title(f"{b} bits")
            axis.set_ylim(bottom=14)
        if row == 2:
            axis.set_xlabel("updates")
        if column == 0:
            axis.set_ylabel(label)
axes[0][-1].legend(fontsize=6)
figure.tight_layout()
figure.savefig(sys.argv[2], metadata={"Date": None})
