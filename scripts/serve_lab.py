"""Runs JupyterLab for `npm start`, whose end it does not outlive.

What the server says of itself (its address with the token among it) goes to file descriptor 3 as a line of
JSON. Descriptor 0 is a pipe whose other end the parent holds: at its end the server stops its kernels and
itself, however the parent ended.
"""

import json
import os
import signal
import sys
import threading

from jupyter_server.serverapp import ServerApp
from jupyterlab.labapp import main


def stop_at_end_of_stdin() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def tell_parent(write_file):
    """Wraps the method that tells of the server once its port is known."""

    def write_and_tell(self) -> None:
        write_file(self)
        about = {"url": self.connection_url, "ip": self.ip, "port": self.port, "token": self.server_info()["token"]}
        os.write(3, (json.dumps(about) + "\n").encode())
        os.close(3)

    return write_and_tell


if __name__ == "__main__":
    os.set_inheritable(3, False)
    threading.Thread(target=stop_at_end_of_stdin, daemon=True).start()
    ServerApp.write_server_info_file = tell_parent(ServerApp.write_server_info_file)
    sys.argv[0] = "jupyter-lab"
    sys.exit(main())
