"""Writes small files of layers as NumPy writes them, for the tests of the activations source to read.

Run from the root of the checkout, with NumPy:  python tools/golden/activations.py
Writes test/fixtures/activations/. Number i of every layer, in the order in memory, is i + 0.5.
"""

from pathlib import Path

import numpy as np

OUT = Path(__file__).resolve().parents[2] / "test/fixtures/activations"
OUT.mkdir(parents=True, exist_ok=True)


def numbers(dtype, *shape):
    return (np.arange(np.prod(shape)) + 0.5).astype(dtype).reshape(shape)


layers = {
    "embed": numbers("float32", 5, 2, 3),
    "blocks.0": numbers("float64", 5, 3),
    "blocks.1": numbers("float16", 5, 4),
}
np.savez(OUT / "stored.npz", **layers, y=np.array([1, 0, 1, 2, 0]))
np.savez_compressed(OUT / "compressed.npz", y=np.array(["oak", "ash", "oak", "elm \N{DECIDUOUS TREE}", "ash"]), **layers)
