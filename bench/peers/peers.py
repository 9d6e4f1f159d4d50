"""The tasks of bench/peers/tasks.js by other libraries.

peers.py versions                               what there is, as JSON
peers.py run TASK PEER DATA-FOLDER RESULT-FILE  one round; prints {seconds, cpu} as JSON
peers.py judge DATA-FOLDER LAYOUT ...           trustworthiness of layouts of the small data
"""

import json
import sys
import time
from importlib import import_module
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

THREADS = 2
FEW = 500
K = 30
C = 0.316
SOME = 1000
LAYERS = 12


def versions():
    found = {}
    for name in ("numpy", "sklearn", "torch", "umap"):
        try:
            found[name] = import_module(name).__version__
        except ImportError:
            pass
    return found


def sklearn_neighbors(x, _):
    from sklearn.neighbors import NearestNeighbors

    return NearestNeighbors(n_neighbors=K, algorithm="brute").fit(x).kneighbors(return_distance=False)


def torch_neighbors(x, _):
    import torch

    torch.set_num_threads(THREADS)
    x = torch.from_numpy(x)
    x = x - x.mean(0)
    squares = (x * x).sum(1)
    found = []
    for start in range(0, len(x), 1024):
        block = x[start : start + 1024]
        scores = squares - 2 * (block @ x.T)
        rows = torch.arange(len(block))
        scores[rows, start + rows] = float("inf")
        found.append(scores.topk(K, largest=False).indices)
    return torch.cat(found).numpy()


def pca(solver):
    def spectrum(x, _):
        from sklearn.decomposition import PCA

        return PCA(svd_solver=solver).fit(x).explained_variance_

    return spectrum


def numpy_spectra(x, _):
    import numpy as np

    found = []
    for start in range(0, len(x), SOME):
        some = x[start : start + SOME].astype(np.float64)
        some -= some.mean(0)
        found.append(np.linalg.eigvalsh(some.T @ some / (len(some) - 1))[::-1])
    return np.concatenate(found)


def torch_cka(x, _):
    import numpy as np
    import torch

    torch.set_num_threads(THREADS)
    columns = np.arange(x.shape[1])
    layers = []
    for layer in range(LAYERS):
        weights = (0.2 + (columns * (layer + 1)) % 7 / 7).astype(np.float32)
        moved = torch.from_numpy(x * weights)
        layers.append(moved - moved.mean(0))
    squares = [[float(torch.linalg.norm(a.T @ b)) ** 2 for b in layers[i:]] for i, a in enumerate(layers)]
    return [
        square / (squares[i][0] * squares[i + j][0]) ** 0.5
        for i, row in enumerate(squares)
        for j, square in enumerate(row)
    ]


def logistic(x, labels):
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=C, max_iter=1000).fit(x, labels)


def objective(model, x, labels):
    """C sum of log losses + |W|^2 / 2, in float64."""
    import numpy as np
    from scipy.special import logsumexp

    logits = x.astype(np.float64) @ model.coef_.astype(np.float64).T + model.intercept_
    losses = logsumexp(logits, axis=1) - logits[np.arange(len(labels)), labels]
    return C * losses.sum() + 0.5 * (model.coef_.astype(np.float64) ** 2).sum()


def tsne(x, _):
    from sklearn.manifold import TSNE

    return TSNE(init="pca", learning_rate="auto", n_jobs=THREADS, random_state=0).fit(x)


def umap(x, _):
    from umap import UMAP

    # Without a seed: with one it would use a single thread.
    return UMAP(n_jobs=THREADS).fit_transform(x)


def as_is(value, _x, _labels):
    return value, {}


# Task and peer: data, what is timed, and what makes its outcome a list of numbers and notes, which is not.
RUNS = {
    ("neighbors", "scikit-learn brute"): ("points", sklearn_neighbors, as_is),
    ("neighbors", "torch"): ("points", torch_neighbors, as_is),
    ("spectrum", "scikit-learn full"): ("points", pca("full"), as_is),
    ("spectrum", "scikit-learn auto"): ("points", pca("auto"), as_is),
    ("spectra", "numpy"): ("points", numpy_spectra, as_is),
    ("cka", "torch"): ("points", torch_cka, as_is),
    ("logistic", "scikit-learn"): ("classes", logistic, lambda m, x, y: ([objective(m, x, y)], {})),
    ("tsne", "scikit-learn"): ("small", tsne, lambda m, *_: (m.embedding_, {"kl": float(m.kl_divergence_)})),
    ("umap", "umap-learn"): ("small", umap, as_is),
}


def run(task, peer, folder, result):
    import numpy as np

    data, measured, outcome = RUNS[task, peer]
    x = np.load(Path(folder) / f"{data}.npy")
    labels = np.load(Path(folder) / f"{data}-labels.npy")
    measured(x[:FEW], labels[:FEW])
    cpu, start = time.process_time(), time.perf_counter()
    found = measured(x, labels)
    seconds, used = time.perf_counter() - start, time.process_time() - cpu
    values, notes = outcome(found, x, labels)
    np.asarray(values, dtype="<f8").tofile(result)
    peak = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu": used, "peak": peak, **notes}


def judge(folder, *layouts):
    import numpy as np
    from sklearn.manifold import trustworthiness

    x = np.load(Path(folder) / "small.npy")
    return [float(trustworthiness(x, np.fromfile(f).reshape(-1, 2), n_neighbors=10)) for f in layouts]


if __name__ == "__main__":
    command = {"versions": versions, "run": run, "judge": judge}[sys.argv[1]]
    print(json.dumps(command(*sys.argv[2:])))
