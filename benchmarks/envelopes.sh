#!/usr/bin/env bash
# Spectral envelopes of speech: log-spectral distortion against bits, by rounding and by all codebooks of spark-nsvq:
#   benchmarks/envelopes.sh      writes benchmarks/results/envelopes.txt and envelopes.svg
# The speech is that of Debian's packages asterisk-core-sounds-*-wav, which apt downloads (nothing is installed); NSVQ_SPEECH names a
# folder with one folder of .wav files (8 kHz) for each speaker instead. TRAIN, HELD: frames; SEEDS. GREEDY=1 leaves
# out all but the greedy rq, and writes envelopes-greedy.txt. The Python needs numpy, matplotlib.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build
if [ -z "${NSVQ_SPEECH:-}" ]; then
    (cd "$WORK" && for language in en es fr it ru; do apt-get download -qq "asterisk-core-sounds-$language-wav"; done) >&2
    for package in "$WORK"/*.deb; do dpkg -x "$package" "$WORK/speech"; done
    NSVQ_SPEECH=$WORK/speech/usr/share/asterisk/sounds
fi
mkdir "$WORK/frames"
{
    head_of "envelopes.sh: log-spectral distortion of speech envelopes against bits a frame; held-out utterances, ${SEEDS:-3} seeds"
    echo "# recorded prompts of telephone systems, five speakers in five languages (Debian's asterisk-core-sounds, 8 kHz, CC-BY-SA): no"
    echo "# corpus of free speech is at hand, no codec and no PESQ, so nothing here can be compared with the published PESQ and pSNR"
    echo "# frames of 20 ms every 10 ms, Hann window, 20 mel bands from 0 to 4 kHz, dB, without the mean over the bands (the level), no"
    echo "# pauses (45 dB below the loudest frame); one utterance in five is held out"
    "$PYTHON" "$ROOT/benchmarks/speech_frames.py" "$WORK/frames" "${TRAIN:-40000}" "${HELD:-20000}" "$NSVQ_SPEECH"/*
    echo "# LSD: of a frame the root of the mean squared difference over the bands, mean over frames (deviation over seeds); then the share of"
    echo "# frames above 2 and above 4 dB. bits: by whole indices; of scalar the entropy asked for on the training frames"
    echo "# entropy: of the held-out frames' indices, each codebook or band by itself. scalar: one step for all bands; after DCT: the same"
    echo "# of the bands' cosine transform, so that neighbors help. training: LSD of every fourth frame that was trained on, which tells"
    echo "# how much was learned by heart. pq, rq, aq, vq: defaults of ProductVQ, ResidualVQ, AdditiveVQ, VQ in"
    echo "# Spark, local[1]; rq .., greedy: without joint passes and with a beam of 1, as in the papers. CPU s: of the process, for one training"
    echo "# expected [the papers' order]: aq < rq < pq < scalar at equal bits; published for one 12-bit VQ and variants: other measures"
    export SPARK_LOCAL_IP=127.0.0.1
    benchmark envelopes.Envelopes "$WORK/frames" "${SEEDS:-3}" ${GREEDY:+greedy} 2>>"$WORK/stderr.txt"
} | tee "$WORK/result.txt"
if [ -n "${GREEDY:-}" ]; then
    mv "$WORK/result.txt" "$RESULTS/envelopes-greedy.txt"
    exit
fi
"$PYTHON" "$ROOT/benchmarks/envelopes_plot.py" "$WORK/result.txt" "$WORK/envelopes.svg"
mv "$WORK/envelopes.svg" "$RESULTS/"
mv "$WORK/result.txt" "$RESULTS/envelopes.txt"
