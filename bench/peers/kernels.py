"""`kernels.py ROUNDS`, with kernels as JSON on standard input: `[{ name, language, hasTypes, argv, env }]`.

Each round starts each kernel for itself, once for its first result and once for its first type error, and then 200
cells run in all of them, in turns cell by cell. The last line is JSON: samples by kernel and figure, in ms and MB.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import zmq
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.connect import write_connection_file
from kernel_cells import TYPESCRIPT, cell

CELLS = 200
TURN = len(TYPESCRIPT)
MEASURED = {20: "memoryAfter20", CELLS: "memoryAfter200"}
PATIENCE_S = 60
# How long a kernel that loses messages may be silent, and how often it is started.
DEAF_S = 15
STARTS = 5
# Memory is what a kernel holds when it had time to give back what it does not need; programs and libraries, which
# processes share, are left out.
IDLE_S = 12
OUTPUTS = {"execute_result", "display_data", "stream"}

Samples = dict[str, list[float]]


def main(rounds: int, kernels: list[dict]) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    samples: dict[str, Samples] = {kernel["name"]: {} for kernel in kernels}
    for number in range(rounds + 1):
        turns = kernels if number % 2 == 0 else kernels[::-1]
        # The first start of all is not counted: it is the one in which the machine reads everything.
        starts = samples if number > 0 else {name: {} for name in samples}
        for kernel in turns:
            measure_start(kernel, starts[kernel["name"]])
        if number > 0:
            measure_cells(turns, samples)
    print(json.dumps(samples))


def measure_start(kernel: dict, samples: Samples) -> None:
    with Kernel(kernel) as running:
        note(samples, "ready", running.ready_ms)
        note(samples, "firstResult", running.result_ms("1 + 1", "2"))
    if not kernel["hasTypes"]:
        return
    with Kernel(kernel) as running:
        note(samples, "ready", running.ready_ms)
        running.run("const n: number = 'text';", expected="error")
        note(samples, "typeError", running.age_ms())


def measure_cells(kernels: list[dict], samples: dict[str, Samples]) -> None:
    with ExitStack() as stack:
        running = [stack.enter_context(Kernel(kernel)) for kernel in kernels]
        for kernel in running:
            kernel.result_ms("1 + 1", "2")
        note_memory(running, samples, "memoryAtStart")
        for number in range(CELLS):
            for kernel in running:
                began, lost = time.perf_counter(), kernel.lost
                kernel.run(cell(kernel.language, number))
                took = (time.perf_counter() - began) * 1000
                if kernel.lost > lost:  # nobody knows when that cell was over
                    continue
                note(samples[kernel.name], "lastCells" if number >= CELLS - TURN else "cell", took)
            if number + 1 in MEASURED:
                note_memory(running, samples, MEASURED[number + 1])
        for kernel in running:
            before, after = (samples[kernel.name][figure][-1] for figure in MEASURED.values())
            note(samples[kernel.name], "growth", after - before)


def note_memory(kernels: list["Kernel"], samples: dict[str, Samples], figure: str) -> None:
    time.sleep(IDLE_S)
    for kernel in kernels:
        note(samples[kernel.name], figure, kernel.memory_mb())


def note(samples: Samples, figure: str, value: float) -> None:
    samples.setdefault(figure, []).append(value)


class Kernel:
    """A kernel in an empty folder and a process group of its own, and a client of Jupyter's before it."""

    def __init__(self, kernel: dict):
        self.kernel = kernel
        self.name: str = kernel["name"]
        self.language: str = kernel["language"]
        self.loses_messages: bool = kernel.get("losesMessages", False)
        self.lost = 0

    def start(self) -> None:
        kernel = self.kernel
        self.stack = ExitStack()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory(prefix="pxb-"))
        self.log = self.stack.enter_context(open(Path(folder, "log"), "w+b"))
        file, _ = write_connection_file(
            str(Path(folder, "kernel-bench.json")), key=secrets.token_bytes(16).hex().encode()
        )
        notebook = Path(folder, "notebook")
        notebook.mkdir()
        context = zmq.Context()
        self.stack.callback(context.term)
        # What is measured is when the kernel listens, not when the client happens to try again.
        context.setsockopt(zmq.RECONNECT_IVL, 2)
        self.client = BlockingKernelClient(connection_file=file, context=context)
        self.client.load_connection_file()
        argv = [word.replace("{connection_file}", file) for word in kernel["argv"]]
        env = {**os.environ, **kernel["env"], "XDG_DATA_HOME": folder, "IPYTHONDIR": folder}
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            argv,
            cwd=notebook,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def __enter__(self) -> "Kernel":
        for attempt in range(STARTS):
            self.start()
            try:
                self.client.start_channels(hb=False, stdin=False)
                self.greet()
                self.ready_ms = self.age_ms()
                self.hear()
                return self
            except TimeoutError:
                self.stop()
                # A message that came too early made it deaf for good: such a start counts for nothing.
                if not self.loses_messages or attempt + 1 == STARTS:
                    raise
            except BaseException:
                self.stop()
                raise
        raise AssertionError("never reached")

    def __exit__(self, *_) -> None:
        self.stop()

    def age_ms(self) -> float:
        return (time.perf_counter() - self.began) * 1000

    def greet(self) -> None:
        """Asks again as front ends do: tslab loses what comes while it binds its sockets."""
        deadline = time.monotonic() + (DEAF_S if self.loses_messages else PATIENCE_S)
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"{self.name} has ended:\n{self.said()}"
            self.client.kernel_info()
            if self.client.shell_channel.socket.poll(500):
                return
        raise TimeoutError(f"{self.name} did not answer:\n{self.said()}")

    def hear(self) -> None:
        """Asks until something arrives where outputs do: who subscribes is told nothing of before."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.client.iopub_channel.socket.poll(20):
            assert time.monotonic() < deadline, f"{self.name} publishes nothing:\n{self.said()}"
            self.answered(self.client.kernel_info())

    def result_ms(self, code: str, expected: str) -> float:
        """From the start of the kernel until the value of `code` is shown."""
        shown_ms = self.run(code, shown=expected)
        assert shown_ms, f"{self.name} showed no {expected}:\n{code}\n{self.said()}"
        return shown_ms

    def run(self, code: str, expected: str = "ok", shown: str | None = None) -> float | None:
        """Runs a cell until it is answered and idle; tells when `shown` was among its outputs."""
        request = self.client.execute(code)
        shown_ms, is_idle = None, False
        for message in self.published(request):
            kind, content = message["header"]["msg_type"], message["content"]
            if kind in OUTPUTS and shown is not None and shown in json.dumps(content):
                shown_ms = shown_ms or self.age_ms()
            is_idle = is_idle or content.get("execution_state") == "idle"
            if is_idle and (shown is None or shown_ms):  # Deno's may say so before it shows
                break
        status = self.answered(request)["content"]["status"]
        assert status == expected, f"{self.name}: {status} instead of {expected}:\n{code}\n{self.said()}"
        return shown_ms

    def published(self, request: str):
        """What a cell publishes; ends early for a kernel that has answered it and is silent then."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if not self.client.iopub_channel.socket.poll(1000):
                if self.loses_messages and self.client.shell_channel.socket.poll(0):
                    self.lost += 1
                    return
                continue
            message = self.client.get_iopub_msg(timeout=PATIENCE_S)
            if message["parent_header"].get("msg_id") == request:
                yield message
        raise TimeoutError(f"{self.name} did not end a cell:\n{self.said()}")

    def answered(self, request: str) -> dict:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"{self.name} has ended:\n{self.said()}"
            if not self.client.shell_channel.socket.poll(1000):
                continue
            reply = self.client.get_shell_msg(timeout=PATIENCE_S)
            if reply["parent_header"].get("msg_id") == request:
                return reply
        raise TimeoutError(f"{self.name} did not answer:\n{self.said()}")

    def memory_mb(self) -> float:
        return sum(proportional_mb(pid) for pid in tree(self.process.pid))

    def said(self) -> str:
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def stop(self) -> None:
        for number in [signal.SIGTERM, signal.SIGKILL]:
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(5)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
        self.client.stop_channels()
        self.stack.close()


def tree(pid: int) -> list[int]:
    """The process and all that it has started."""
    children = [
        int(child)
        for file in Path(f"/proc/{pid}/task").glob("*/children")
        for child in file.read_text().split()
    ]
    return [pid, *(each for child in children for each in tree(child))]


def proportional_mb(pid: int) -> float:
    """Pages that processes share are split among them, so that nothing counts twice."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss_Anon:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"The system does not tell the memory of process {pid}.")


main(int(sys.argv[1]), json.load(sys.stdin))
