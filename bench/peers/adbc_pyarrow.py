"""ADBC's Postgres driver (binary COPY to Arrow batches, C++), PyArrow's Parquet writer.

usage: adbc_pyarrow.py DSN SCHEMA TABLE OUT
"""
import sys

import adbc_driver_postgresql.dbapi
import pyarrow.parquet as pq

dsn, schema, table, out = sys.argv[1:]
with adbc_driver_postgresql.dbapi.connect(dsn) as connection, connection.cursor() as cursor:
    cursor.execute(f"SELECT * FROM {schema}.{table}")
    batches = cursor.fetch_record_batch()
    with pq.ParquetWriter(out, batches.schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
