"""Runs a command in a terminal of the given width and prints what the terminal got.

usage: terminal.py COLUMNS COMMAND...
"""

import fcntl
import os
import pty
import struct
import sys
import termios

columns = int(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
got = b""
while True:
    try:
        chunk = os.read(terminal, 65536)
    except OSError:  # Linux: the last process has closed the terminal
        break
    if not chunk:
        break
    got += chunk
_, status = os.waitpid(pid, 0)
sys.stdout.write(got.decode().replace("\r\n", "\n"))
sys.exit(os.waitstatus_to_exitcode(status))
