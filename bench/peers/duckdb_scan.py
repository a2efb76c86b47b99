"""DuckDB's Postgres scanner: ctid ranges over several connections, its own Parquet writer.

usage: duckdb_scan.py DSN SCHEMA TABLE OUT
"""
import glob
import os
import sys

import duckdb

dsn, schema, table, out = sys.argv[1:]
packages = os.path.dirname(os.path.dirname(duckdb.__file__))
pattern = f"{packages}/duckdb_extension_postgres_scanner/extensions/*/*.duckdb_extension"
db = duckdb.connect(config={"allow_unsigned_extensions": True})
db.execute(f"LOAD '{glob.glob(pattern)[0]}'")
db.execute(f"ATTACH '{dsn}' AS pg (TYPE postgres, READ_ONLY)")
db.execute(
    f"COPY (SELECT * FROM pg.{schema}.{table}) TO '{out}'"
    " (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 1000000)"
)
