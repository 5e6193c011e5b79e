"""Starts a pxlab kernel, runs one cell, prints the kernel's pid, and ends when its own input does."""

import sys

from jupyter_client.manager import KernelManager

manager = KernelManager(kernel_name="pxlab")
manager.start_kernel()
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=60)
reply = client.execute_interactive("process.pid", timeout=60, output_hook=lambda message: None)
assert reply["content"]["status"] == "ok", reply["content"]
print(manager.provisioner.pid, flush=True)
sys.stdin.read()
client.stop_channels()
manager.shutdown_kernel()
