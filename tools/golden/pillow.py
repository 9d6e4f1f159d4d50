"""Writes what Pillow makes of small images, for the tests of decoding, resampling and preprocessing to compare with.

Run from the root of the checkout, with Pillow 12 and NumPy:  python tools/golden/pillow.py
Writes test/fixtures/images/ and test/golden/{decoded,resample,tensors}.json. The JPEG and WebP files themselves depend on the
encoders that Pillow was built with, so all four change together.
"""

import base64
import hashlib
import json
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "test/fixtures/images"
GOLDEN = ROOT / "test/golden"
KERNELS = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def photo(width, height, seed):
    """Something like a photograph: smooth light, hard edges, a little grain."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    base = np.asarray(small.resize((width, height), Image.BICUBIC)).astype(np.int64)
    y, x = np.mgrid[0:height, 0:width]
    for _ in range(6):
        cx, cy, r = rng.integers(0, width), rng.integers(0, height), rng.integers(8, 40)
        base[(x - cx) ** 2 + (y - cy) ** 2 < r * r] = rng.integers(0, 256, 3)
    grain = rng.integers(-4, 5, base.shape)
    return Image.fromarray(np.clip(base + grain, 0, 255).astype(np.uint8))


def png16(array, colour_type, path):
    """A PNG of 16 bits a channel, which Pillow cannot write for colours."""
    height, width = array.shape[:2]
    rows = b"".join(b"\0" + array[i].astype(">u2").tobytes() for i in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def write_images():
    IMAGES.mkdir(parents=True, exist_ok=True)
    landscape = photo(301, 240, 1)
    landscape.save(IMAGES / "landscape.jpg", quality=60)
    photo(120, 190, 2).save(IMAGES / "portrait.jpg", quality=80, subsampling=0, progressive=True)
    photo(260, 259, 3).save(IMAGES / "photo.webp", quality=60)
    small = photo(41, 30, 4)
    small.save(IMAGES / "small.png")
    small.convert("L").save(IMAGES / "grey.png")
    photo(90, 70, 5).convert("L").save(IMAGES / "grey.jpg", quality=85)
    small.convert("CMYK").save(IMAGES / "cmyk.jpg", quality=90)
    small.quantize(16).save(IMAGES / "palette.png", transparency=3)
    ramp = np.add.outer(np.arange(30) * 7, np.arange(41) * 5).astype(np.uint8)
    Image.fromarray(np.dstack([np.asarray(small), ramp])).save(IMAGES / "alpha.png")
    Image.fromarray(np.dstack([np.asarray(small), ramp])).save(IMAGES / "alpha.webp", lossless=True)
    Image.merge("LA", (small.convert("L"), Image.fromarray(ramp))).save(IMAGES / "grey-alpha.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    small.save(IMAGES / "turned.jpg", exif=exif, quality=90)
    wide = np.asarray(small).astype(np.int64) * 257 - 128
    png16(np.clip(wide, 0, 65535), 2, IMAGES / "deep.png")
    png16(np.clip(wide[..., 0], 0, 65535), 0, IMAGES / "deep-grey.png")


def decode(path):
    """8-bit RGB. Of 16-bit grey, which Pillow does not convert, the high byte."""
    image = Image.open(path)
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    return image.convert("RGB")


def decoded():
    cases = {}
    for path in sorted(IMAGES.iterdir()):
        image = decode(path)
        cases[path.name] = {"width": image.width, "height": image.height, "sha256": sha256(image.tobytes())}
    return cases


def resampled():
    rng = np.random.default_rng(3)
    sources, cases = [], []
    for width, height in [(1, 1), (2, 3), (17, 23), (64, 48)]:
        for channels in (1, 3):
            pixels = rng.integers(0, 256, (height, width, channels), dtype=np.uint8)
            if width == 64:  # black and white: where overshoot is clipped
                pixels = np.where(pixels > 127, 255, 0).astype(np.uint8)
            image = Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
            data = base64.b64encode(pixels.tobytes()).decode()
            sources.append({"width": width, "height": height, "channels": channels, "data": data})
            half = (max(1, width // 2), max(1, height // 2))
            sizes = [(1, 1), (5, 7), (width, 9), (13, height), (width * 2 + 1, height * 3), half, (97, 60), (224, 248)]
            for size in sizes:
                for name, kernel in KERNELS.items():
                    out = image.resize(size, kernel).tobytes()
                    cases.append([len(sources) - 1, *size, name, sha256(out), base64.b64encode(out[:12]).decode()])
    return {"sources": sources, "cases": cases}


def crop_start(size, crop):
    """torchvision.transforms.functional.center_crop; Python rounds halves to even."""
    return -((crop - size) // 2) if crop > size else int(round((size - crop) / 2.0))


def tensor(path, recipe):
    """torchvision's Resize and CenterCrop on Pillow images, then the normalisation in float64."""
    image = decode(path)
    if recipe["channels"] == "grey":
        image = image.convert("L")
    resize, crop = recipe["resize"], recipe["crop"]
    if isinstance(resize, int):
        short, long = min(image.size), max(image.size)
        new = int(resize * long / short)
        image = image.resize((resize, new) if image.width <= image.height else (new, resize), KERNELS[recipe["interpolation"]])
    elif resize is not None:
        image = image.resize((resize[1], resize[0]), KERNELS[recipe["interpolation"]])
    if crop is not None:
        left, top = crop_start(image.width, crop[1]), crop_start(image.height, crop[0])
        image = image.crop((left, top, left + crop[1], top + crop[0]))
    pixels = np.asarray(image).astype(np.float64)
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    if recipe["channels"] == "bgr":
        pixels = pixels[..., ::-1]
    values = (pixels * recipe["scale"] - np.array(recipe["mean"])) / np.array(recipe["std"])
    return np.ascontiguousarray(values.astype(np.float32).transpose(2, 0, 1))


def tensors():
    imagenet = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
    half = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}
    bytes_ = {"scale": 1, "mean": [0, 0, 0], "std": [1, 1, 1]}
    keep = {"resize": None, "crop": None, "interpolation": "bicubic", "channels": "rgb"}
    unit = {"channels": "rgb", "scale": 1 / 255}
    recipes = {
        "imagenet-224": {"resize": 256, "interpolation": "bilinear", "crop": [224, 224], **unit, **imagenet},
        "vit-224": {"resize": 248, "interpolation": "bicubic", "crop": [224, 224], **unit, **half},
        "crop only, beyond the image": {**keep, "scale": 1 / 255, "crop": [37, 44], **imagenet},
        "odd crop": {**keep, **bytes_, "crop": [23, 24]},
        "exact size, bgr": {**keep, "resize": [50, 31], "channels": "bgr", "scale": 1, "mean": [104, 117, 123], "std": [1, 1, 1]},
        "grey": {**keep, "resize": 28, "channels": "grey", "interpolation": "lanczos", "scale": 1 / 255, "mean": [0.1307], "std": [0.3081]},
    }
    files = ["landscape.jpg", "portrait.jpg", "photo.webp", "small.png", "grey.png", "grey.jpg"]
    cases = []
    for name, recipe in recipes.items():
        for file in files:
            out = tensor(IMAGES / file, recipe)
            probes = np.linspace(0, out.size - 1, 5).astype(int)
            values = [float(out.ravel()[i]) for i in probes]
            cases.append({"file": file, "recipe": name, "shape": list(out.shape), "sha256": sha256(out.tobytes()), "values": values})
    return {"recipes": recipes, "cases": cases}


write_images()
for name, content in {"decoded": decoded(), "resample": resampled(), "tensors": tensors()}.items():
    (GOLDEN / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")
