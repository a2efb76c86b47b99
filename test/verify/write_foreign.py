"""Writes Parquet files with PyArrow, DuckDB and Polars into a directory, and prints their names and rows as JSON."""

import datetime
import decimal
import json
import random
import sys

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

directory, own_file = sys.argv[1:]
random.seed(5)
ROWS = 2500
written = {}


def some(value, nulls=0.2):
    return [None if random.random() < nulls else value() for _ in range(ROWS)]


def randint(low, high):
    return lambda: random.randint(low, high)


def column(value, type=None):
    return pa.array(some(value), type)


flat = pa.table({
    'bool': column(lambda: random.random() < 0.5),
    'i8': column(randint(-128, 127), pa.int8()),
    'u16': column(randint(0, 2**16 - 1), pa.uint16()),
    'u32': column(randint(0, 2**32 - 1), pa.uint32()),
    'i32': column(randint(-2**31, 2**31 - 1), pa.int32()),
    'i64': column(randint(-2**63, 2**63 - 1), pa.int64()),
    'u64': column(randint(0, 2**64 - 1), pa.uint64()),
    'row': pa.array(range(ROWS), pa.int64()),
    'f16': column(lambda: random.gauss(0, 1), pa.float32()).cast(pa.float16()),
    'f32': column(lambda: random.choice([random.gauss(0, 1), float('nan'), 0.0, -0.0]), pa.float32()),
    'f64': column(lambda: random.gauss(0, 1), pa.float64()),
    'text': column(lambda: random.choice(['a', 'bü', 'long ' * 30, '', f'x{random.randint(0, 3000)}'])),
    'binary': column(lambda: random.randbytes(random.randint(0, 90))),
    'fixed': column(lambda: random.randbytes(5), pa.binary(5)),
    'd9': column(lambda: decimal.Decimal(random.randint(-10**8, 10**8)).scaleb(-2), pa.decimal128(9, 2)),
    'd38': column(lambda: decimal.Decimal(random.randint(-10**28, 10**28)).scaleb(-5), pa.decimal128(38, 5)),
    'd60': column(lambda: decimal.Decimal(random.randint(-10**18, 10**18)), pa.decimal256(60, 0)),
    'date': column(lambda: datetime.date(1970, 1, 1) + datetime.timedelta(days=random.randint(-9999, 9999))),
    'time_ms': column(randint(0, 86_399_999), pa.time32('ms')),
    'time_us': column(randint(0, 86_399_999_999), pa.time64('us')),
    'at': column(randint(0, 2**50), pa.timestamp('us', 'UTC')),
    'at_s': column(randint(0, 2**31), pa.timestamp('s')),
    'at_ns': column(randint(0, 2**60), pa.timestamp('ns')),
    'duration': column(randint(0, 2**40), pa.duration('us')),
    'enum': column(lambda: random.choice('abcdef')).dictionary_encode(),
    'null': pa.nulls(ROWS),
    'required': pa.array(range(ROWS)),
})
required = pa.field('required', pa.int64(), nullable=False)
flat = flat.set_column(flat.num_columns - 1, required, flat['required'])

struct = pa.struct([('a', pa.int32()), ('b', pa.string()), ('c', pa.list_(pa.int16()))])
nested = pa.table({
    'list': column(lambda: [random.choice(['x', 'yy', None]) for _ in range(random.randint(0, 4))]),
    'lists': column(lambda: [[random.randint(0, 9)] * random.randint(0, 3) for _ in range(random.randint(0, 3))]),
    'struct': column(lambda: {'a': random.choice([None, 1, 2]), 'b': random.choice([None, 'q']), 'c': [1, None]}, struct),
    'map': column(lambda: [(f'k{i}', random.random()) for i in range(random.randint(0, 3))], pa.map_(pa.string(), pa.float64())),
})
everything = pa.table({**{n: flat[n] for n in flat.column_names}, **{n: nested[n] for n in nested.column_names}})


def pyarrow(name, table=everything, **options):
    written[name] = table.num_rows
    pq.write_table(table, f'{directory}/{name}', **options)


small_pages = {'data_page_size': 2000, 'write_page_index': True}
pyarrow('pyarrow.parquet')
pyarrow('pyarrow-v1.parquet', everything.drop(['at_ns']), version='1.0', row_group_size=700)
pyarrow('pyarrow-pages-v2.parquet', data_page_version='2.0', compression='zstd', write_page_checksum=True, row_group_size=1000, **small_pages)
pyarrow('pyarrow-index.parquet', compression='gzip', write_page_checksum=True, **small_pages)
pyarrow('pyarrow-plain.parquet', use_dictionary=False, compression='lz4', **small_pages)
pyarrow('pyarrow-brotli.parquet', compression='brotli', data_page_version='2.0')
pyarrow('pyarrow-uncompressed.parquet', compression='none', store_schema=False, use_dictionary=False)
pyarrow('pyarrow-int96.parquet', flat, use_deprecated_int96_timestamps=True)
pyarrow('pyarrow-no-rows.parquet', everything.slice(0, 0))
pyarrow('pyarrow-no-statistics.parquet', write_statistics=False)
by = [pq.SortingColumn(1, nulls_first=False), pq.SortingColumn(0, descending=True)]
in_order = everything.select(['row', 'text']).sort_by([('text', 'ascending'), ('row', 'descending')])
pyarrow('pyarrow-sorted.parquet', in_order, sorting_columns=by)
filters = {name: {'ndv': ROWS, 'fpp': 0.01} for name in ['i64', 'text', 'f64', 'd38']}
pyarrow('pyarrow-bloom.parquet', flat.select(list(filters)), bloom_filter_options=filters)
# Carries over the metadata, and so our checksums, of a file of ddpp.
pyarrow('pyarrow-rewritten.parquet', pq.read_table(own_file))
integers = ['i8', 'u16', 'u32', 'i32', 'i64', 'u64', 'row', 'date', 'time_ms', 'time_us', 'at']
encodings = {
    'DELTA_BINARY_PACKED': integers,
    'DELTA_LENGTH_BYTE_ARRAY': ['text', 'binary'],
    'DELTA_BYTE_ARRAY': ['text', 'binary', 'fixed', 'd38'],
    'BYTE_STREAM_SPLIT': ['f16', 'f32', 'f64', 'i32', 'i64', 'fixed', 'd38'],
    'RLE': ['bool'],
}
for encoding, names in encodings.items():
    for version in ['1.0', '2.0']:
        options = {'column_encoding': dict.fromkeys(names, encoding), 'use_dictionary': False}
        pyarrow(f'pyarrow-{encoding}-{version}.parquet', flat.select(names), data_page_version=version, **options, **small_pages)

duck = duckdb.connect()
duck.execute('SET enable_progress_bar = false')
duck.register('flat', flat.drop(['f16', 'd60', 'null']))
duck.register('nested', nested)


def duckdb_copy(name, query, options):
    written[name] = duck.execute(f"COPY ({query}) TO '{directory}/{name}' (FORMAT parquet, {options})").fetchone()[0]


duckdb_copy('duckdb.parquet', 'FROM flat', 'compression snappy')
duckdb_copy('duckdb-v2.parquet', 'FROM flat', 'parquet_version v2, compression zstd, row_group_size 2048')
duckdb_copy('duckdb-nested.parquet', 'FROM nested', 'compression brotli')
duckdb_copy('duckdb-nested-v2.parquet', 'FROM nested', 'parquet_version v2')
series = "SELECT range AS i, (range % 10)::varchar AS few, md5(range::varchar) AS many, uuid() AS u, interval (range) seconds AS span, range % 3 = 0 AS b, ['a', NULL, range::varchar] AS list FROM range(140000)"
duckdb_copy('duckdb-large.parquet', series, 'compression zstd')
duckdb_copy('duckdb-large-v2.parquet', series, 'compression lz4_raw, parquet_version v2')


def polars(name, table, **options):
    written[name] = table.num_rows
    pl.from_arrow(table).write_parquet(f'{directory}/{name}', **options)


for_polars = flat.drop(['d60', 'null', 'f16', 'd38', 'd9'])
polars('polars.parquet', for_polars)
polars('polars-small.parquet', for_polars, compression='snappy', row_group_size=700, data_page_size=2000, statistics='full')
polars('polars-nested.parquet', nested.drop(['map']), compression='lz4', statistics='full')

print(json.dumps(written))
