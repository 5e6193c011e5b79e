"""`ipyparallel_calls.py ENGINES CALLS`: what pxlab-calls.js measures, with Python's ipyparallel."""

import json
import logging
import sys
import tempfile
import time

import ipyparallel as ipp

engines, count = int(sys.argv[1]), int(sys.argv[2])

with tempfile.TemporaryDirectory() as profile:
    started = time.perf_counter()
    cluster = ipp.Cluster(n=engines, profile_dir=profile, log_level=logging.ERROR)
    client = cluster.start_and_connect_sync()
    view = client[:]
    first = view.apply_sync(lambda: 1 + 1)
    start_ms = [(time.perf_counter() - started) * 1000]
    assert first == [2] * engines, first

    call_ms = []
    for _ in range(count):
        called = time.perf_counter()
        view.execute("1 + 1", block=True)
        call_ms.append((time.perf_counter() - called) * 1000)
    client.close()
    cluster.stop_cluster_sync()

print(json.dumps({"startMs": start_ms, "callMs": call_ms}))
