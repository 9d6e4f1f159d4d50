"""Writes small matrices as other programs write them, for the tests of the matrix source to read.

Run from the root of the checkout, with NumPy and pyarrow:  python tools/golden/matrix.py
Writes test/fixtures/matrix/. Row i, column j of every matrix is (i + 1) * 10 + j + 0.5, without the half in integer files.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

OUT = Path(__file__).resolve().parents[2] / "test/fixtures/matrix"
OUT.mkdir(parents=True, exist_ok=True)

ROWS, COLS = 5, 3
numbers = (np.arange(ROWS)[:, None] + 1) * 10 + np.arange(COLS) + 0.5
words = ["b", "a", "b", "c", "a"]
codes = np.array([1, 0, 1, 2, 0])

for name in ("float64", "float32", "float16"):
    np.save(OUT / f"{name}.npy", numbers.astype(name))
for name in ("uint8", "int16", "int64"):
    np.save(OUT / f"{name}.npy", numbers.astype(name))
np.save(OUT / "fortran.npy", np.asfortranarray(numbers))
np.save(OUT / "cube.npy", np.asfortranarray(np.arange(24.0).reshape(2, 3, 4)))
np.save(OUT / "big-endian.npy", numbers.astype(">f8"))
np.save(OUT / "strings.npy", np.array(words))
np.save(OUT / "flat.npy", numbers.ravel())
np.save(OUT / "labels.npy", codes)
infinite = numbers.copy()
infinite[3, 1] = np.inf
np.save(OUT / "infinite.npy", infinite)


def vectors(dtype):
    return pa.FixedSizeListArray.from_arrays(pa.array(numbers.astype(dtype).ravel()), COLS)


def ipc(name, table, rows=2, **options):
    with pa.OSFile(str(OUT / name), "wb") as sink:
        with pa.ipc.new_file(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
            writer.write_table(table, max_chunksize=rows)


ipc("vectors.arrow", pa.table({"v": vectors("float32"), "word": words}))
ipc("half.arrow", pa.table({"v": vectors("float16"), "word": pa.array(words).dictionary_encode()}))
ipc("columns.arrow", pa.table({"x": numbers[:, 0], "y": numbers[:, 1], "code": codes, "z": numbers[:, 2]}))
ipc("two-vectors.arrow", pa.table({"v": vectors("float32"), "w": vectors("float64")}))
ipc("null.arrow", pa.table({"x": pa.array([1.0, None, 3.0])}))
ipc("lz4.arrow", pa.table({"v": vectors("float32")}), compression="lz4")
with pa.OSFile(str(OUT / "stream.arrow"), "wb") as sink, pa.ipc.new_stream(sink, pa.schema([("x", pa.float64())])) as writer:
    writer.write_table(pa.table({"x": numbers[:, 0]}))

pq.write_table(pa.table({"v": vectors("float32"), "word": words}), OUT / "vectors.parquet")
pq.write_table(pa.table({"v": vectors("float64"), "word": words}), OUT / "gzip.parquet", compression="gzip")
pq.write_table(pa.table({"x": numbers[:, 0], "y": numbers[:, 1], "z": numbers[:, 2], "code": codes}), OUT / "columns.parquet")
pq.write_table(pa.table({"x": numbers[:, 0], "word": words}), OUT / "words.parquet")
pq.write_table(pa.table({"v": pa.array([[1.0, 2.0], [3.0]])}), OUT / "ragged.parquet")
pq.write_table(pa.table({"v": vectors("float32")}), OUT / "zstd.parquet", compression="zstd")
