"""Reads Parquet files, and Arrow IPC files (.arrow), and prints what is in them as JSON, in the form that readers.ts describes.

usage: read_parquet.py pyarrow|polars PATH...

PyArrow verifies page checksums. Values are taken from Arrow's memory rather than as Python objects, which lose bits.
A warning, or anything else that a reader prints, is an error.
"""

import decimal
import json
import os
import sys
import tempfile
import warnings

warnings.simplefilter("error")

import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

decimal.getcontext().prec = 80


def canonical(array):
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return canonical(array.storage)
    if pa.types.is_dictionary(kind):
        return canonical(array.dictionary_decode())
    if pa.types.is_map(kind):
        return lists(array, [list(pair) for pair in zip(canonical(array.keys), canonical(array.items))])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return lists(array, canonical(array.values))
    if pa.types.is_struct(kind):
        members = [canonical(array.field(i)) for i in range(kind.num_fields)]
        rows = [list(row) for row in zip(*members)]
        return with_nulls(array, rows)
    return with_nulls(array, leaves(array, kind))


def lists(array, values):
    offsets = array.offsets.to_pylist()
    return with_nulls(array, [values[a:b] for a, b in zip(offsets, offsets[1:])])


def with_nulls(array, values):
    return [value if valid else None for value, valid in zip(values, array.is_valid().to_pylist())]


def leaves(array, kind):
    if pa.types.is_boolean(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return array.to_pylist()
    if pa.types.is_floating(kind):
        width = kind.bit_width
        bits = array.view(pa.uint32() if width == 32 else pa.uint64()).to_pylist()
        return [None if b is None else format(b, f"0{width // 4}x") for b in bits]
    if pa.types.is_decimal(kind):
        return [None if d is None else str(int(d.scaleb(kind.scale))) for d in array.to_pylist()]
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return [None if b is None else b.hex() for b in array.to_pylist()]
    if pa.types.is_temporal(kind):
        array = array.view(pa.int32() if kind.bit_width == 32 else pa.int64())
    return [None if i is None else str(i) for i in array.to_pylist()]


def field(f):
    metadata = {k.decode(): v.decode() for k, v in (f.metadata or {}).items() if k != b"PARQUET:field_id"}
    return {"name": f.name, "type": str(f.type), "nullable": f.nullable, "metadata": metadata}


def read(reader, path):
    if reader == "polars":
        import polars

        table = polars.read_parquet(path).to_arrow()
    elif path.endswith(".arrow"):
        table = pa.ipc.open_file(path).read_all()
    else:
        table = pq.ParquetFile(path, page_checksum_verification=True).read()
    table.validate(full=True)
    return {
        "rows": table.num_rows,
        "schema": [field(f) for f in table.schema],
        "columns": [
            [v for chunk in column.chunks for v in canonical(pa.concat_arrays([chunk]))] for column in table.columns
        ],
    }


def quietly(work):
    """What `work` returns, if it prints nothing to standard error, libraries beneath Python included."""
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as printed:
        os.dup2(printed.fileno(), 2)
        try:
            result = work()
        finally:
            os.dup2(stderr, 2)
        printed.seek(0)
        text = printed.read().decode()
    if text:
        raise RuntimeError(text)
    return result


reader, *paths = sys.argv[1:]
json.dump(quietly(lambda: [read(reader, path) for path in paths]), sys.stdout)
