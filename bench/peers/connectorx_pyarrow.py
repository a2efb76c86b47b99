"""connector-x (Rust) to one Arrow table in memory, PyArrow's Parquet writer.

usage: connectorx_pyarrow.py DSN SCHEMA TABLE OUT
"""
import sys

import connectorx
import pyarrow.parquet as pq

dsn, schema, table, out = sys.argv[1:]
rows = connectorx.read_sql(dsn, f"SELECT * FROM {schema}.{table}", return_type="arrow")
pq.write_table(rows, out, compression="zstd")
