"""What ipyparallel's Client and its IPython magics do on a cluster: a line of JSON for each feature.

Its one argument is JSON: the language of each engine among the `workers`, the `victim` that it may end, the
ids in the `pools` of each language, the `texts` to run, a `folder` for the files that they wait for, and the
code of the reference: `connect` and, with the magics, `magics`.
"""

import json
import os
import re
import signal
import sys
import threading
import time

import ipyparallel
import numpy as np
from ipyparallel import error
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

PLAN = json.loads(sys.argv[1])
LANGUAGES = {int(id): language for id, language in PLAN["workers"].items()}
WORKERS = sorted(LANGUAGES)
PYTHON = [id for id in WORKERS if LANGUAGES[id] == "python"]
TYPESCRIPT = [id for id in WORKERS if LANGUAGES[id] == "typescript"]
POOLS = PLAN["pools"]
UNKNOWN = {"python": "NameError", "typescript": "ReferenceError"}
INTERRUPTED = {"python": "KeyboardInterrupt", "typescript": "Interrupted"}
LIMIT = 40


class Note(Exception):
    """What does not work, in the exact words of whoever says so."""


def text_for(id, name, file=""):
    return PLAN["texts"][LANGUAGES[id]][name].replace(PLAN["goFile"], file)


def until(condition, what, limit=LIMIT):
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.01)


def same(actual, expected):
    assert actual == expected, f"expected {expected!r}, got {actual!r}"


def file_of(name):
    return os.path.join(PLAN["folder"], f"{name}-{time.monotonic_ns()}")


def touch(path):
    with open(path, "w"):
        pass


def run(id, text, silent=True, output_limit=LIMIT):
    result = client[id].execute(text, silent=silent, block=False)
    result.get(LIMIT)
    result.wait_for_output(output_limit)
    return result


def failure_of(result):
    try:
        result.get(LIMIT)
    except (error.RemoteError, error.TaskAborted) as failure:
        return failure
    raise AssertionError("it did not fail")


def refused_function(result):
    """The one sentence of an engine that cannot call it."""
    try:
        result.get(LIMIT)
    except error.CompositeError as failure:
        raise Note(failure.elist[0][1]) from None
    except error.RemoteError as failure:
        raise Note(failure.evalue) from None
    raise AssertionError("it was not refused")


def started(result):
    """Waits until an engine runs it."""
    until(lambda: result.stdout, "its start")
    return result


# ---- ipyparallel.Client -------------------------------------------------------------------------


def execute():
    for id in WORKERS:
        result = run(id, text_for(id, "typed"), silent=False)
        same(result.execute_result["data"]["text/plain"], "42")


def streams():
    for id in WORKERS:
        path = file_of("go")
        result = client[id].execute(text_for(id, "print", path), silent=False, block=False)
        until(lambda: "first\n" in result.stdout and "oops\n" in result.stderr, "the first line")
        assert not result.ready()
        touch(path)
        result.get(LIMIT)
        result.wait_for_output(LIMIT)
        same(result.stdout, "first\nlast\n")


def displays():
    for id in WORKERS:
        outputs = run(id, text_for(id, "display"), silent=False).outputs
        same([output["data"]["text/html"] for output in outputs], ["<b>one</b>"])
    raise Note("drops-updates")


def errors():
    for id in WORKERS:
        failure = failure_of(client[id].execute(text_for(id, "fail"), block=False))
        same((failure.ename, failure.evalue), ("TypeError", "boom"))
        assert "broken" in failure.traceback and f"[{id}:" in str(failure), str(failure)
        goes_on(id)
    failure = failure_of(client[WORKERS].execute("nowhere.x", block=False))
    assert isinstance(failure, error.CompositeError)
    same([name for name, *_ in failure.elist], [UNKNOWN[LANGUAGES[id]] for id in WORKERS])
    for id in WORKERS:
        goes_on(id)


def values():
    view = client[WORKERS]
    sent = {"n": 3, "text": "é", "d": {"k": [1, None, (2.5, True)]}, "raw": b"b"}
    view.push(sent, block=True)
    for id in WORKERS:
        run(id, text_for(id, "checkValues"))
    n, text, d = client[WORKERS[0]].pull(["n", "text", "d"], block=True)
    same((n, text, d["k"][:2], list(d["k"][2])), (3, "é", [1, None], [2.5, True]))
    same(view.pull("n", block=True), [3] * len(WORKERS))
    same(view.pull("back", block=True), [{"set": {1}, "t": "é"}] * len(WORKERS))
    view.scatter("part", list(range(5)), block=True)
    same(view.pull("part", block=True), [[0, 1, 2], [3, 4]])
    same(view.gather("part", block=True), [0, 1, 2, 3, 4])


def arrays():
    view = client[WORKERS]
    sent = {"a": np.arange(6.0).reshape(2, 3), "big": np.ones(100_000), "i": np.arange(3, dtype="i8")}
    view.push(sent, block=True)
    for id in WORKERS:
        run(id, text_for(id, "checkArrays"))
        run(id, text_for(id, "makeArray"))
        a, big, i, made = client[id].pull(["a", "big", "i", "made"], block=True)
        same((a.tolist(), a.dtype.str, big.sum()), ([[0, 1, 2], [3, 4, 5]], "<f8", 100_000))
        same((i.dtype.str, made.dtype.str, made.shape, made.sum()), ("<i8", "<i4", (3, 2), 15))


def functions():
    if PYTHON:
        view = client[PYTHON]
        same(view.apply_sync(lambda x: x + 1, 1), [2] * len(PYTHON))
        same(view.map_sync(lambda x: x * x, range(5)), [0, 1, 4, 9, 16])
    if TYPESCRIPT:
        refused_function(client[TYPESCRIPT].apply_async(lambda x: x + 1, 1))


def abort():
    for id in WORKERS:
        path = file_of("abort")
        first = started(client[id].execute(text_for(id, "wait", path), silent=False, block=False))
        second = client[id].execute("late = 1", block=False)
        client.abort(second, block=True)
        touch(path)
        first.get(LIMIT)
        assert isinstance(failure_of(second), error.TaskAborted)
        failure_of(client[id].pull("late", block=False))


def interrupt():
    for id in WORKERS:
        result = started(client[id].execute(text_for(id, "spin"), silent=False, block=False))
        client.send_signal(signal.SIGINT, targets=[id], block=True)
        same(failure_of(result).ename, INTERRUPTED[LANGUAGES[id]])
        goes_on(id)


def goes_on(id):
    """Engines of Python's drop what comes while they still deal with a failure."""

    def runs():
        try:
            run(id, "6 * 7")
            return True
        except error.TaskAborted:
            return False

    until(runs, "an engine that goes on")


def clear():
    client[WORKERS].push({"gone": 1}, block=True)
    client.clear(targets=WORKERS, block=True)
    for id in WORKERS:
        assert "gone" in str(failure_of(client[id].pull("gone", block=False)))


def broadcast():
    view = client.broadcast_view(WORKERS)
    result = view.execute("print(6 * 7)" if not TYPESCRIPT else "6 * 7", silent=False, block=False)
    result.get(LIMIT)
    result.wait_for_output(LIMIT)
    same(len(result.metadata), len(WORKERS))
    view.push({"b": [5, 6]}, block=True)
    for id in WORKERS:
        same(client[id].pull("b", block=True), [5, 6])
    if PYTHON:
        same(client.broadcast_view(PYTHON).apply_sync(lambda: 7), [7] * len(PYTHON))


def coalescing():
    view = client.broadcast_view(WORKERS, is_coalescing=True)
    view.push({"c": 5}, block=True)
    same(view.pull("c", block=True), [5] * len(WORKERS))
    if PYTHON:
        view = client.broadcast_view(PYTHON, is_coalescing=True)
        same(view.apply_sync(lambda: 7), [7] * len(PYTHON))


def load_balanced():
    if PYTHON:
        view = client.load_balanced_view(targets=POOLS["python"])
        same(view.map_sync(lambda x: x * x, range(8)), [x * x for x in range(8)])
    if TYPESCRIPT:
        view = client.load_balanced_view(targets=POOLS["typescript"])
        refused_function(view.apply_async(lambda: 7))


def dependencies():
    if PYTHON:
        view = client.load_balanced_view(targets=POOLS["python"])
        first = view.apply_async(os.getpid)
        with view.temp_flags(after=[first], follow=[first]):
            same(view.apply_async(os.getpid).get(LIMIT), first.get(LIMIT))
        path = file_of("retry")
        with view.temp_flags(retries=2):
            same(view.apply_async(fails_once, path).get(LIMIT), "second")
    if TYPESCRIPT:
        view = client.load_balanced_view(targets=POOLS["typescript"])
        refused_function(view.apply_async(lambda: 7))


def fails_once(path):
    import os

    if os.path.exists(path):
        return "second"
    with open(path, "w"):
        pass
    raise ValueError("first")


def queue_status():
    for id in WORKERS:
        path = file_of("queue")
        first = started(client[id].execute(text_for(id, "wait", path), silent=False, block=False))
        second = client[id].execute("6 * 7", block=False)
        until(lambda: client.queue_status(targets=[id])[id]["queue"] == 2, "two in the queue")
        touch(path)
        first.get(LIMIT)
        second.get(LIMIT)
        until(lambda: client.queue_status(targets=[id])[id]["queue"] == 0, "an empty queue")
        assert client.queue_status(targets=[id])[id]["completed"] >= 2


def records():
    ids = [run(id, text_for(id, "typed"), silent=False).msg_ids[0] for id in WORKERS]
    until(lambda: set(ids) <= set(client.hub_history()), "the history")
    found = client.db_query({"msg_id": {"$in": ids}}, keys=["msg_id", "content", "started", "completed"])
    same(sorted(record["msg_id"] for record in found), sorted(ids))
    assert all("6 * 7" in record["content"]["code"] and record["completed"] for record in found)
    with connected() as other:
        result = other.get_result(ids, owner=False)
        result.get(LIMIT)
        same(sorted(result.msg_ids), sorted(ids))


def targets():
    same(client[::2].targets, client.ids[::2])
    for id in WORKERS:
        result = run(id, text_for(id, "choose"), silent=False)
        same((result.metadata["engine_id"], result.stdout), (id, "chosen\n"))


def shutdown():
    print("waits for the end", flush=True)
    until(lambda: os.path.exists(PLAN["endFile"]), "the end", limit=200)
    victim = PLAN["victim"]
    client.shutdown(targets=[victim], block=True)
    until(lambda: victim not in client.ids, "its end")
    for id in WORKERS:
        goes_on(id)


# ---- %px in IPython -----------------------------------------------------------------------------


def magic(name, line, cell=None):
    """All that it showed, as text."""
    with capture_output() as captured:
        if cell is None:
            shell.run_line_magic(name, line)
        else:
            shell.run_cell_magic(name, line, cell)
    displays = [output.data for output in captured.outputs]
    return captured.stdout + "\n".join(json.dumps(data) for data in displays)


def px_execute():
    for id in WORKERS:
        shown = magic("px", f"--targets {id}", text_for(id, "typed"))
        assert re.search(rf"Out\[{id}:\d+\].*42", shown), shown


def px_streams():
    for id in WORKERS:
        path = file_of("px")
        shown = []
        original = sys.stdout

        class Watch:
            def write(self, text):
                shown.append(text)
                if "first" in text:
                    touch(path)  # what ends the cell comes only if it streams

            def flush(self):
                pass

        sys.stdout = Watch()
        try:
            shell.run_cell_magic("px", f"--targets {id}", text_for(id, "print", path))
        finally:
            sys.stdout = original
        assert re.search(rf"\[stdout:{id}\]\s+first[^$]*last", "".join(shown)), shown


def px_displays():
    for id in WORKERS:
        shown = magic("px", f"--targets {id}", text_for(id, "display"))
        assert "<b>one</b>" in shown and "<b>two</b>" not in shown, shown
    raise Note("drops-updates")


def px_errors():
    for id in WORKERS:
        try:
            magic("px", f"--targets {id} --no-stream", text_for(id, "fail"))
        except error.RemoteError as failure:
            shown = "\n".join(failure.render_traceback())
            assert "TypeError" in shown and "boom" in shown and "broken" in shown, shown
            goes_on(id)
        else:
            raise AssertionError("it did not fail")


def px_interrupt():
    for id in WORKERS:
        main = threading.main_thread().ident
        watch = threading.Thread(target=interrupt_once, args=(main,))
        watch.start()
        try:
            magic("px", f"--targets {id}", text_for(id, "spin"))
        except error.RemoteError:
            pass
        watch.join()
        last = shell.magics_manager.registry["ParallelMagics"].last_result
        same(failure_of(last).ename, INTERRUPTED[LANGUAGES[id]])
        goes_on(id)


def interrupt_once(main):
    def running():
        last = shell.magics_manager.registry["ParallelMagics"].last_result
        return last is not None and not last.ready() and "spins" in str(last.stdout)

    until(running, "a cell that spins")
    signal.pthread_kill(main, signal.SIGINT)


def px_broadcast():
    client.broadcast_view(WORKERS, block=True).activate("_b")
    shown = magic("px_b", "6 * 7")
    for id in WORKERS:
        assert re.search(rf"Out\[{id}:\d+\]", shown), shown


def px_targets():
    for id in WORKERS:
        shown = magic("px", f"--targets {id}:{id + 1}", text_for(id, "choose"))
        same(re.findall(r"\[stdout:(\d+)\]\s+chosen", shown), [str(id)])


def px_later():
    for id in WORKERS:
        magic("px", f"--targets {id} --noblock", "6 * 7")
        shown = magic("pxresult", "")
        assert "42" in shown, shown


CLIENT = {
    "execute": execute,
    "streams": streams,
    "displays": displays,
    "errors": errors,
    "values": values,
    "arrays": arrays,
    "functions": functions,
    "targets": targets,
    "abort": abort,
    "interrupt": interrupt,
    "clear": clear,
    "broadcast": broadcast,
    "coalescing": coalescing,
    "load-balanced": load_balanced,
    "dependencies": dependencies,
    "queue": queue_status,
    "records": records,
    "shutdown": shutdown,
}

MAGICS = {
    "execute": px_execute,
    "streams": px_streams,
    "displays": px_displays,
    "errors": px_errors,
    "targets": px_targets,
    "later": px_later,
    "interrupt": px_interrupt,
    "broadcast": px_broadcast,
}


def outcome_of(feature):
    try:
        feature()
    except Note as note:
        return {"note": str(note)}
    except BaseException as failure:
        return {"failed": f"{type(failure).__name__}: {failure}"[:2000]}
    return {}


def connected():
    names = {}
    with capture_output():
        exec(PLAN["connect"], names)
    return names["client"]


shell = InteractiveShell.instance()
with capture_output():
    shell.run_cell(PLAN["magics"]).raise_error()
client = shell.user_ns["client"]
client.activate(targets=WORKERS)
until(
    lambda: run(WORKERS[0], "6 * 7", silent=False, output_limit=1).execute_result,
    "outputs that are heard",
)
for column, tried in (("px", MAGICS), ("python", CLIENT)):
    for name, feature in tried.items():
        print("\n" + json.dumps({"client": column, "feature": name, **outcome_of(feature)}), flush=True)
client.close()
