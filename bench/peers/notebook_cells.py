"""`notebook_cells.py CELLS`: times small `%%px` cells end to end, from a Jupyter client's request to reply
and idle, in the pxlab kernel and in ipykernel with ipyparallel's magics, four engines each. The two take
turns, cell by cell.
"""

import json
import sys
import tempfile
import time

from jupyter_client.manager import KernelManager

PXLAB = ["await px.start({ n: 4 });", "%%px\nlet a = 1"]
IPYPARALLEL = [
    "import ipyparallel as ipp, logging, tempfile\n"
    "cluster = ipp.Cluster(n=4, profile_dir={profile!r}, log_level=logging.ERROR)\n"
    "rc = cluster.start_and_connect_sync(activate=True)",
    "%%px\na = 1",
]


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as profile:
        ours = Notebook("pxlab", PXLAB)
        peer = Notebook("python3", [IPYPARALLEL[0].format(profile=profile), *IPYPARALLEL[1:]])
        try:
            times = {"pxlab": [], "ipyparallel": []}
            for number in range(count):
                times["pxlab"].append(ours.timed(f"%%px\na + {number}"))
                times["ipyparallel"].append(peer.timed(f"%%px\na + {number}"))
        finally:
            peer.run("cluster.stop_cluster_sync()")
            ours.stop()
            peer.stop()
    print(json.dumps(times))


class Notebook:
    def __init__(self, kernel: str, preparation: list[str]):
        self.manager = KernelManager(kernel_name=kernel)
        self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        for code in preparation:
            self.run(code)

    def timed(self, code: str) -> float:
        started = time.perf_counter()
        self.run(code)
        return (time.perf_counter() - started) * 1000

    def run(self, code: str) -> None:
        request = self.client.execute(code)
        while True:
            message = self.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["content"].get("execution_state") == "idle":
                break
        while True:
            reply = self.client.get_shell_msg(timeout=60)
            if reply["parent_header"].get("msg_id") == request:
                assert reply["content"]["status"] == "ok", reply["content"]
                return

    def stop(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel()


main(int(sys.argv[1]))
