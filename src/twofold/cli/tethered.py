"""Become another program that the kernel ends when its parent ends; nothing is imported but the standard library.

python tethered.py PARENT PROGRAM [ARGUMENT...]      the parent's process number, and the program's path

Source: prctl(2), PR_SET_PDEATHSIG; it outlasts execve(2). Where there is no such call, the parent's own care has to do.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: str, *command: str) -> None:
    """Tie this process to its parent, and become the program."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):  # it was gone before the tie held
        raise SystemExit(1)
    os.execv(command[0], command)  # noqa: S606  the supervisor chose the program


if __name__ == "__main__":
    main(*sys.argv[1:])
