"""Compares Parquet files with the table that they were exported from, cell by cell.

usage: compare.py REFERENCE.csv

Reads paths from standard input, one a line, and answers each with a line of JSON: `rows`, and of them `lost` (of the
table, not in the file) and `extra` (in the file, not in the table, or once too often), and `changedCells` where as many
are lost as are extra; or `error`. PyArrow verifies page checksums.
"""

import json
import sys
from collections import Counter

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

INSTANT = pa.timestamp("us", "UTC")
SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("name", pa.string()),
        ("ra", pa.float64()),
        ("mag", pa.decimal128(8, 3)),
        ("flux", pa.float32()),
        ("seen", INSTANT),
        ("band", pa.string()),
        ("note", pa.string()),
    ]
)


def reference(path):
    types = {f.name: pa.int64() if f.type == INSTANT else f.type for f in SCHEMA}
    convert = pa.csv.ConvertOptions(
        column_types=types, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    read = pa.csv.ReadOptions(column_names=SCHEMA.names)
    parse = pa.csv.ParseOptions(newlines_in_values=True)
    table = pa.csv.read_csv(path, read_options=read, parse_options=parse, convert_options=convert)
    table = pa.table([column.cast(f.type) for f, column in zip(SCHEMA, table.columns)], schema=SCHEMA)
    return plain(table)


def plain(table):
    """Sorted, and text as bytes: what was damaged on its way need not be text any more."""
    columns = [c.cast(pa.binary()) if pa.types.is_string(c.type) else c for c in table.columns]
    return pa.table(columns, names=SCHEMA.names).sort_by("id").combine_chunks()


def compare(expected, path):
    got = pq.ParquetFile(path, page_checksum_verification=True).read().replace_schema_metadata()
    got.validate()
    names = [(f.name, f.type) for f in got.schema]
    if names != [(f.name, f.type) for f in SCHEMA]:
        return {"error": f"columns are {names}"}
    got = plain(got)
    if all(same(a, b) for a, b in zip(got.columns, expected.columns)):
        return {"rows": got.num_rows, "lost": 0, "extra": 0, "changedCells": 0}
    ours, theirs = rows(got), rows(expected)
    lost, extra = list((theirs - ours).elements()), list((ours - theirs).elements())
    return {
        "rows": got.num_rows,
        "lost": len(lost),
        "extra": len(extra),
        "changedCells": changed_cells(lost, extra),
    }


def same(got, expected):
    """Whether two columns are equal bit for bit, so that NaN equals itself."""
    kind = got.type
    if pa.types.is_floating(kind):
        bits = pa.uint32() if kind.bit_width == 32 else pa.uint64()
        got, expected = got.combine_chunks().view(bits), expected.combine_chunks().view(bits)
    return got.equals(expected)


def rows(table):
    """Rows by how often they occur; a NaN, which equals nothing, is a word here."""
    columns = [["NaN" if v != v else v for v in column.to_pylist()] for column in table.columns]
    return Counter(zip(*columns))


def changed_cells(lost, extra):
    if len(lost) != len(extra) or len(lost) > 1000:
        return None
    return sum(a != b for before, after in zip(sorted(lost, key=str), sorted(extra, key=str)) for a, b in zip(before, after))


expected = reference(sys.argv[1])
print(json.dumps({"rows": expected.num_rows}), flush=True)
for line in sys.stdin:
    try:
        answer = compare(expected, line.rstrip("\n"))
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
