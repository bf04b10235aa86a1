"""One of several workers: the program that a supervisor starts for each.

python -m twofold.cli.worker OPTIONS LISTENER LINE      both are numbers of inherited sockets

The line leads to the supervisor. Signs go up it and orders come down, and when it breaks, the supervisor is gone.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from contextlib import suppress

from twofold.cli.line import REFUSED, STOP
from twofold.cli.logs import formatter_for, set_up_logs
from twofold.cli.server import Server
from twofold.cli.serving import Options, exit_on_signals, server_for
from twofold.errors import ConfigurationError


class Line:
    """The worker's end of the line to its supervisor.

    Args:
        stop_seconds: after which a worker without a supervisor ends, however busy it is.
    """

    def __init__(self, line: socket.socket, stop_seconds: float) -> None:
        self._line = line
        self._stop_seconds = stop_seconds
        self.server: Server | None = None

    def tell(self, sign: bytes) -> None:
        """Send a sign; a line that is full or broken has nobody at its other end."""
        with suppress(OSError):
            self._line.send(sign, socket.MSG_DONTWAIT)

    def follow(self) -> None:
        """Follow orders until the line breaks, then end the process. In a thread: a busy event loop would not hear them."""
        with suppress(OSError):
            while orders := self._line.recv(16):
                self._obey(orders)
        self._obey(STOP)
        threading.Event().wait(self._stop_seconds)
        os._exit(1)

    def _obey(self, orders: bytes) -> None:
        if self.server is None:
            os.kill(os.getpid(), signal.SIGTERM)
        elif STOP in orders:
            self.server.stop()
        else:
            self.server.retire()


def main(options_text: str, listener_number: str, line_number: str) -> None:
    """Serve until told to stop."""
    exit_on_signals()
    options = Options.from_json(options_text)
    set_up_logs(formatter_for(options.log_format, has_workers=True))
    line = Line(_inherited(line_number), options.stop_seconds)
    threading.Thread(target=line.follow, daemon=True, name="line to the supervisor").start()
    with _inherited(listener_number) as listener:
        try:
            server = server_for(options, line.tell)
        except ConfigurationError as error:
            sys.stderr.write(f"twofold: {error}\n")
            raise SystemExit(REFUSED) from None
        line.server = server
        server.run(sockets=[listener])


def _inherited(number: str) -> socket.socket:
    inherited = socket.socket(fileno=int(number))
    inherited.set_inheritable(False)  # programs that the app starts would hold it open
    return inherited


if __name__ == "__main__":
    main(*sys.argv[1:])
