"""Two stages: COPY as CSV into a temporary file, then PyArrow's streaming CSV reader and Parquet writer.

usage: csv_pyarrow.py DSN SCHEMA TABLE OUT
"""
import os
import sys

import psycopg
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

# By the OID of the Postgres type; every other one stays text.
TYPES = {
    16: pa.bool_(), 20: pa.int64(), 21: pa.int16(), 23: pa.int32(), 700: pa.float32(), 701: pa.float64(),
    1082: pa.date32(), 1114: pa.timestamp("us"), 1184: pa.timestamp("us", tz="UTC"),
}

dsn, schema, table, out = sys.argv[1:]
temporary = out + ".csv"
with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
    cursor.execute(f"SELECT * FROM {schema}.{table} LIMIT 0")
    types = {column.name: TYPES.get(column.type_code, pa.string()) for column in cursor.description}
    with open(temporary, "wb") as file, cursor.copy(f"COPY {schema}.{table} TO STDOUT (FORMAT csv, HEADER)") as copy:
        for block in copy:
            file.write(block)
reader = pyarrow.csv.open_csv(
    temporary,
    read_options=pyarrow.csv.ReadOptions(block_size=64 << 20),
    convert_options=pyarrow.csv.ConvertOptions(
        column_types=types, true_values=["t"], false_values=["f"], strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    ),
)
with pq.ParquetWriter(out, reader.schema, compression="zstd") as writer:
    for batch in reader:
        writer.write_batch(batch, row_group_size=1_000_000)
os.unlink(temporary)
