"""Runs a command and says as JSON what it took, its children included; memory is the largest of any one process.

usage: measure.py COMMAND [ARGUMENT ...]
"""
import json
import os
import sys
import time

start = time.monotonic()
pid = os.posix_spawnp(
    sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
)
_, status, usage = os.wait4(pid, 0)
json.dump(
    {
        "status": os.waitstatus_to_exitcode(status),
        "wall": time.monotonic() - start,
        "cpu": usage.ru_utime + usage.ru_stime,
        # Linux counts KiB, macOS bytes.
        "memory": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    },
    sys.stdout,
)
