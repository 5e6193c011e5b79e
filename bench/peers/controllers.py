"""`controllers.py ENGINES ROUNDS COMMAND…`: times what passes through a controller: ipcontroller, and the
one that COMMAND starts in its place. Each has ENGINES of ipyparallel's engines, and ipyparallel's client
drives both, in turns. The last line is JSON: seconds by row and controller.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import ipyparallel as ipp
import numpy

COUNT = 1000
ARRAY = numpy.arange(64 * 2**20 // 8, dtype="float64")
PATIENCE_S = 60


def main(engines: int, rounds: int, command: list[str]) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    scripts = Path(sys.executable).parent
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="pxb-"))
        controllers = {"ipyparallel": [str(scripts / "ipcontroller")], "pxlab": command}
        clusters = {
            name: stack.enter_context(Cluster(Path(folder, name), controller, engines))
            for name, controller in controllers.items()
        }
        clients = {name: stack.enter_context(cluster.connect()) for name, cluster in clusters.items()}
        print(json.dumps(measure(clients, rounds)))


def measure(clients: dict[str, ipp.Client], rounds: int) -> dict[str, dict[str, list[float]]]:
    """The first round is not counted: it is the one in which everything is loaded."""
    seconds = {row: {name: [] for name in clients} for row in ROWS}
    for number in range(rounds + 1):
        turns = list(clients.items())
        for row, run in ROWS.items():
            for name, client in turns if number % 2 == 0 else reversed(turns):
                began = time.perf_counter()
                run(client)
                took = time.perf_counter() - began
                if number > 0:
                    seconds[row][name].append(took)
                client.purge_everything()
    return seconds


def balanced_tasks(client: ipp.Client) -> None:
    view = client.load_balanced_view()
    assert view.map_sync(lambda number: number + 1, range(COUNT)) == list(range(1, COUNT + 1))


def executes_at_once(client: ipp.Client) -> None:
    views = [client[id] for id in client.ids]
    results = [views[number % len(views)].execute("1 + 1") for number in range(COUNT)]
    assert client.wait(results, timeout=PATIENCE_S)
    assert all(result.successful() for result in results)


def executes_in_turn(client: ipp.Client) -> None:
    views = [client[id] for id in client.ids]
    for number in range(COUNT):
        views[number % len(views)].execute("1 + 1", block=True)


def applies_in_turn(client: ipp.Client) -> None:
    view = client[client.ids[0]]
    for number in range(COUNT):
        assert view.apply_sync(abs, number) == number


def direct_array(client: ipp.Client) -> None:
    check(client[client.ids[0]].apply_sync(lambda array: array, ARRAY))


def balanced_array(client: ipp.Client) -> None:
    check(client.load_balanced_view().apply_sync(lambda array: array, ARRAY))


def check(array: numpy.ndarray) -> None:
    assert array.nbytes == ARRAY.nbytes and array[-1] == ARRAY[-1]


ROWS = {
    "1,000 load-balanced tasks": balanced_tasks,
    "1,000 direct executes, all at once": executes_at_once,
    "1,000 direct executes, one after the other": executes_in_turn,
    "1,000 direct applies on one engine, one after the other": applies_in_turn,
    "64 MiB to an engine and back, direct apply": direct_array,
    "64 MiB to an engine and back, load-balanced apply": balanced_array,
}


class Cluster:
    """A controller and its engines, each in a process group of its own, so that only we end them."""

    def __init__(self, folder: Path, controller: list[str], engines: int):
        self.folder = folder
        self.controller = controller
        self.engines = engines
        self.processes: list[subprocess.Popen] = []

    def __enter__(self) -> "Cluster":
        self.folder.mkdir()
        try:
            self.start("controller", self.controller)
            for side in ["engine", "client"]:
                self.wait_for(self.file(side))
            ipengine = str(Path(sys.executable).parent / "ipengine")
            for number in range(self.engines):
                # A nanny, which carries signals, has a session of its own and may outlive the engine.
                self.start(f"engine-{number}", [ipengine, "--IPEngine.enable_nanny=False"])
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def connect(self) -> ipp.Client:
        client = ipp.Client(str(self.file("client")), timeout=PATIENCE_S)
        client.wait_for_engines(self.engines, timeout=PATIENCE_S)
        return client

    def file(self, side: str) -> Path:
        return self.folder / "security" / f"ipcontroller-{side}.json"

    def start(self, name: str, command: list[str]) -> None:
        runtime = self.folder / "run"
        runtime.mkdir(exist_ok=True)
        with open(self.folder / f"{name}.log", "wb") as log:
            process = subprocess.Popen(
                [*command, f"--profile-dir={self.folder}", "--log-level=WARN"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "XDG_RUNTIME_DIR": str(runtime)},
            )
        self.processes.append(process)

    def wait_for(self, file: Path) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not file.exists():
            if time.monotonic() > deadline or self.processes[0].poll() is not None:
                said = (self.folder / "controller.log").read_text()
                raise RuntimeError(f"{self.controller[0]} wrote no {file.name}:\n{said}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Engines first, and whoever does not end in time is ended; nothing can interrupt it."""
        for number in [signal.SIGINT, signal.SIGTERM]:
            signal.signal(number, signal.SIG_IGN)
        for process in reversed(self.processes):
            end(process, signal.SIGTERM)
        deadline = time.monotonic() + 5
        for process in self.processes:
            try:
                process.wait(max(0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
            end(process, signal.SIGKILL)
            process.wait()


def end(process: subprocess.Popen, number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass


main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
