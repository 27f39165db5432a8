"""Log-mel envelopes of recorded prompts: speech_frames.py OUT TRAIN HELD_OUT FOLDER ...

Each folder holds the .wav files (8 kHz, 16 bit, mono) of one speaker, one utterance a file. Writes OUT/train.fvecs and
OUT/held.fvecs, and says what they are. One utterance in five, by a checksum of its name, is held out; from both parts so many
frames are drawn as are asked for, in equal shares of the speakers' frames.
"""
import sys
import wave
import zlib
from pathlib import Path

import numpy as np

RATE, FRAME, HOP, FFT, BANDS = 8000, 160, 80, 512, 20
QUIET_DB = 45  # frames so far below the loudest of their utterance are pauses


def mel_filters():
    """Triangles at equal distances on the mel scale (2595 log10(1 + f / 700)), from 0 to 4 kHz."""
    top = 2595 * np.log10(1 + RATE / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, BANDS + 2) / 2595) - 1)
    bins = np.arange(FFT // 2 + 1) * RATE / FFT
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    filters = np.maximum(0, np.minimum(rising, falling))
    return filters / filters.sum(axis=1, keepdims=True)


def envelopes(path, filters):
    """Envelopes of the frames that are no pauses, in dB, without the mean over the bands."""
    with wave.open(str(path)) as file:
        if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (RATE, 1, 2):
            sys.exit(f"{path}: 8 kHz, 16 bit, mono is needed")
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
    if len(samples) < FRAME:
        return np.zeros((0, BANDS), "float32")
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP] * np.hanning(FRAME)
    power = np.abs(np.fft.rfft(frames, FFT)) ** 2
    level = 10 * np.log10(power.mean(axis=1) + 1)
    bands = 10 * np.log10(power[level > level.max() - QUIET_DB] @ filters.T + 1)
    return (bands - bands.mean(axis=1, keepdims=True)).astype("float32")


def write(path, rows):
    out = np.empty((len(rows), BANDS + 1), "<f4")
    out.view("<i4")[:, 0] = BANDS
    out[:, 1:] = rows
    out.tofile(path)


def main():
    out, wanted, folders = Path(sys.argv[1]), dict(train=int(sys.argv[2]), held=int(sys.argv[3])), sys.argv[4:]
    filters = mel_filters()
    parts = dict(train=[], held=[])
    for folder in folders:
        found = dict(train=[], held=[])
        files = sorted(Path(folder).rglob("*.wav"))
        for file in files:
            part = "held" if zlib.crc32(file.relative_to(folder).as_posix().encode()) % 5 == 0 else "train"
            found[part].append(envelopes(file, filters))
        for part, rows in found.items():
            rows = np.concatenate(rows)
            parts[part].append(rows)
            print(f"# {Path(folder).name}, {part}: {len(found[part])} utterances, {len(rows)} frames that are no pauses")
    random = np.random.default_rng(0)
    for part, speakers in parts.items():
        share = min(1, wanted[part] / sum(map(len, speakers)))
        rows = np.concatenate([
            speaker[np.sort(random.choice(len(speaker), int(share * len(speaker)), replace=False))] for speaker in speakers
        ])
        write(out / f"{part}.fvecs", rows)
        print(f"# {part}: {len(rows)} frames drawn; variance of a band {rows.var(axis=0).mean():.1f} dB^2")


main()
