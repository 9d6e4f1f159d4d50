"""Trains the small vision transformer of models/shapes-vit on the procedural shapes, and exports checkpoints as ONNX.

    python tools/shapes-vit/train.py outputs/shapes-vit-pixels/latest

Everything that is drawn comes from --seed, so that on one machine, with one version of PyTorch and one number of threads, a run
gives the same weights. See README.md beside this file for how the pixels are made.
"""

import argparse
import hashlib
import json
import math
import platform
import time
import warnings
from pathlib import Path

import numpy as np
import onnx
import pyarrow as pa
import torch
from onnx.reference import ReferenceEvaluator
from torch import nn
from torch.nn import functional as F

SIZE, PATCH, WIDTH, HEADS, DEPTH = 32, 4, 64, 4, 6
PATCHES = (SIZE // PATCH) ** 2
TOKENS = 1 + PATCHES
SAVED_AT = (0.0, 0.08, 0.2, 0.5)  # shares of the training after which the model is exported; its end is final.onnx


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.proj = nn.Linear(WIDTH, WIDTH)

    def forward(self, x):
        qkv = self.qkv(x).reshape(-1, TOKENS, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]
        weights = (q @ k.transpose(-2, -1) * (WIDTH // HEADS) ** -0.5).softmax(dim=-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(-1, TOKENS, WIDTH))


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(WIDTH, 4 * WIDTH)
        self.act = nn.GELU()
        self.fc2 = nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x):
        return self.fc2(self.act(self.fc1(x)))


class Block(nn.Module):
    """Pre-norm: x + attention(norm(x)), then x + mlp(norm(x))."""

    def __init__(self):
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(WIDTH), Attention()
        self.norm2, self.mlp = nn.LayerNorm(WIDTH), Mlp()

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class VisionTransformer(nn.Module):
    """pixel_values [b, 3, 32, 32] -> logits [b, classes], read from the CLS token (Dosovitskiy et al. 2021)."""

    def __init__(self, classes):
        super().__init__()
        self.patch_embed = nn.Conv2d(3, WIDTH, PATCH, stride=PATCH)
        self.cls_token = nn.Parameter(0.02 * torch.randn(1, 1, WIDTH))
        self.pos_embed = nn.Parameter(0.02 * torch.randn(1, TOKENS, WIDTH))
        self.blocks = nn.Sequential(*(Block() for _ in range(DEPTH)))
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, classes)

    def forward(self, pixel_values):
        x = self.patch_embed(pixel_values).reshape(-1, WIDTH, PATCHES).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(x.shape[0], 1, WIDTH), x], dim=1) + self.pos_embed
        return self.head(self.norm(self.blocks(x))[:, 0])


def read(run, stage):
    """A stage of the run of pixels.yaml -> (uint8 [n, 3, 32, 32], int64 [n])."""
    record = json.loads((run / "run.json").read_text())
    parts = {part["name"]: part["blob"] for part in record["stages"][stage]["parts"]}

    def table(name):
        blob = Path(record["store"]) / "objects" / parts[name][:2] / parts[name][2:]
        return pa.ipc.open_file(pa.memory_map(str(blob))).read_all()

    x = table("layer/input")["vector"].combine_chunks().flatten().to_numpy().astype(np.uint8)
    y = table("samples")["label"].to_numpy().astype(np.int64)
    return torch.from_numpy(x.reshape(len(y), 3, SIZE, SIZE)), torch.from_numpy(y)


def normalised(x):
    return (x.float() / 255 - 0.5) / 0.5


def turned(x, generator):
    """Mirrors each image, by chance, in either axis and in the diagonal: the symmetries of the square change no class."""
    for flip in (lambda t: t.flip(3), lambda t: t.flip(2), lambda t: t.transpose(2, 3)):
        chosen = torch.rand(len(x), generator=generator) < 0.5
        x = torch.where(chosen[:, None, None, None], flip(x), x)
    return x


@torch.no_grad()
def held_out(model, x, y):
    """Mean cross-entropy and accuracy."""
    model.eval()
    logits = torch.cat([model(normalised(part)) for part in x.split(250)])
    model.train()
    return F.cross_entropy(logits, y).item(), (logits.argmax(1) == y).float().mean().item()


def inline_copies(graph):
    """The exporter stores equal weights (norms before training) once and copies them by Identity: gives each its own tensor."""
    weights = {t.name: t for t in graph.initializer}
    for node in [n for n in graph.node if n.op_type == "Identity" and n.input[0] in weights]:
        copy = graph.initializer.add()
        copy.CopyFrom(weights[node.input[0]])
        copy.name = node.output[0]
        graph.node.remove(node)


@torch.no_grad()
def export(model, path, sample):
    """Writes the model with a free batch axis, and checks the file against PyTorch."""
    model.eval()
    warnings.filterwarnings("ignore", category=DeprecationWarning)  # the TorchScript exporter names nodes after modules
    torch.onnx.export(
        model,
        (sample[:1],),
        str(path),
        dynamo=False,
        opset_version=17,
        input_names=["pixel_values"],
        output_names=["logits"],
        dynamic_axes={"pixel_values": {0: "batch"}, "logits": {0: "batch"}},
    )
    graph = onnx.load(path)
    inline_copies(graph.graph)
    onnx.checker.check_model(graph, full_check=True)
    onnx.save(graph, path)
    [logits] = ReferenceEvaluator(str(path)).run(None, {"pixel_values": sample.numpy()})
    difference = float(np.abs(logits - model(sample).numpy()).max())
    model.train()
    assert difference < 1e-4, f"{path}: ONNX and PyTorch differ by {difference}"
    return difference


def main():
    here = Path(__file__).resolve().parent
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("run", type=Path, help="folder of a run of pixels.yaml")
    p.add_argument("--steps", type=int, default=3600)
    p.add_argument("--batch", type=int, default=128)
    p.add_argument("--rate", type=float, default=1e-3)
    p.add_argument("--decay", type=float, default=0.05)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--out", type=Path, default=here.parent.parent / "models" / "shapes-vit")
    p.add_argument("--log", type=Path, default=here / "train.log")
    a = p.parse_args()

    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    generator = torch.Generator().manual_seed(a.seed)
    log = a.log.open("w")

    def say(line):
        print(line, flush=True)
        print(line, file=log, flush=True)

    x, y = read(a.run, "train")
    tx, ty = read(a.run, "test")
    model = VisionTransformer(classes=int(y.max()) + 1)
    say(f"python {platform.python_version()}, torch {torch.__version__}, onnx {onnx.__version__}, {a.threads} thread(s), {platform.machine()}")
    say(f"{len(x)} training images, {len(tx)} held out, {sum(t.numel() for t in model.parameters())} parameters")
    for name, t in (("training", x), ("held-out", tx)):
        say(f"{name} pixels [n, 3, 32, 32], uint8: sha256 {hashlib.sha256(t.numpy().tobytes()).hexdigest()}")
    say(f"AdamW, rate {a.rate} (warm-up, cosine), decay {a.decay}, batch {a.batch}, {a.steps} steps, seed {a.seed}")

    decayed = [t for t in model.parameters() if t.ndim == 2 or t.ndim == 4]
    others = [t for t in model.parameters() if t.ndim != 2 and t.ndim != 4]
    optimiser = torch.optim.AdamW([{"params": decayed, "weight_decay": a.decay}, {"params": others, "weight_decay": 0.0}], lr=a.rate)
    warm = max(1, a.steps // 20)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min((s + 1) / warm, 0.5 + 0.5 * math.cos(math.pi * max(0, s - warm) / (a.steps - warm)))
    )
    saved = {round(share * a.steps): f"step-{round(share * a.steps):05d}.onnx" for share in SAVED_AT} | {a.steps: "final.onnx"}
    a.out.mkdir(parents=True, exist_ok=True)
    start, order, losses = time.monotonic(), torch.empty(0, dtype=torch.int64), []

    for step in range(a.steps + 1):
        if step in saved:
            loss, accuracy = held_out(model, tx, ty)
            difference = export(model, a.out / saved[step], normalised(tx[:8]))
            say(f"step {step}: held-out loss {loss:.4f}, accuracy {accuracy:.4f} -> {saved[step]} (ONNX - PyTorch {difference:.1e})")
        if step == a.steps:
            break
        if len(order) < a.batch:
            order = torch.randperm(len(x), generator=generator)
        chosen, order = order[: a.batch], order[a.batch :]
        loss = F.cross_entropy(model(normalised(turned(x[chosen], generator))), y[chosen])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        if len(losses) == max(1, a.steps // 40):
            say(f"step {step + 1}: training loss {sum(losses) / len(losses):.4f}, {time.monotonic() - start:.0f} s")
            losses = []


if __name__ == "__main__":
    main()
