"""Runs a notebook through Jupyter's own client, as a front end would, and prints each cell with its outputs.

A cell's metadata may say what must be seen: `pxlab: {expect: [regular expressions], error: bool,
stopAfter: text}`. `stopAfter` presses Stop once that text was printed by every engine. Exit code 0 when
every cell did what it should.
"""

import re
import sys
import time
from queue import Empty

import nbformat
from jupyter_client.manager import KernelManager

CELL_TIMEOUT_S = 60


def main(path: str) -> int:
    notebook = nbformat.read(path, as_version=4)
    manager = KernelManager(kernel_name="pxlab")
    manager.start_kernel(cwd=path.rpartition("/")[0] or ".")
    client = manager.client()
    client.start_channels()
    failures = 0
    try:
        client.wait_for_ready(timeout=CELL_TIMEOUT_S)
        for number, cell in enumerate(cells_of(notebook), start=1):
            failures += run_cell(manager, client, number, cell)
    finally:
        client.stop_channels()
        manager.shutdown_kernel()
    print(f"\n{'every cell did what it should' if failures == 0 else f'{failures} cells went wrong'}")
    return min(failures, 1)


def cells_of(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def run_cell(manager, client, number: int, cell) -> int:
    """Runs one cell, prints it, and returns 1 if it did not do what it should."""
    wanted = cell.metadata.get("pxlab", {})
    print(f"\nIn [{number}]:\n{indent(cell.source)}")
    outputs, is_error = execute(manager, client, cell.source, wanted.get("stopAfter"))
    print(indent(outputs.rstrip()) if outputs else "    (no output)")
    missing = [each for each in wanted.get("expect", []) if not re.search(each, outputs)]
    wrong = [f"missing: {each}" for each in missing]
    if is_error != wanted.get("error", False):
        wrong.append("an error was expected" if not is_error else "no error was expected")
    for each in wrong:
        print(f"  !! {each}")
    return 1 if wrong else 0


def execute(manager, client, code: str, stop_after: str | None) -> tuple[str, bool]:
    """The outputs of `code` as text, and whether it failed."""
    request = client.execute(code)
    text, stopped = "", False
    deadline = time.monotonic() + CELL_TIMEOUT_S
    while True:
        message = next_message(client.get_iopub_msg, deadline)
        if message["parent_header"].get("msg_id") != request:
            continue
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            break
        text += as_text(message)
        if stop_after and not stopped and text.count(f"] {stop_after}") >= 4:
            stopped = True
            manager.interrupt_kernel()
    while True:
        reply = next_message(client.get_shell_msg, deadline)
        if reply["parent_header"].get("msg_id") == request:
            return text, reply["content"]["status"] == "error"


def next_message(get, deadline: float):
    while True:
        try:
            return get(timeout=max(0.1, deadline - time.monotonic()))
        except Empty:
            if time.monotonic() >= deadline:
                raise SystemExit(f"A cell took longer than {CELL_TIMEOUT_S} s.") from None


def as_text(message) -> str:
    content, kind = message["content"], message["msg_type"]
    if kind == "stream":
        return content["text"]
    if kind in ("display_data", "execute_result", "update_display_data"):
        data = content["data"]
        return str(data.get("text/plain", data.get("text/html", ""))) + "\n"
    if kind == "error":
        return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(content["traceback"])) + "\n"
    return ""


def indent(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
