"""What goes over the line between a supervisor and a worker: signs up, orders down, one byte each."""

from __future__ import annotations

from typing import Final

READY: Final = b"r"
"""Sign of a worker that has started."""

ALIVE: Final = b"."
"""Sign of a worker whose event loop runs, about once a second."""

STOP: Final = b"s"
"""Order to stop as after a signal."""

RETIRE: Final = b"t"
"""Order to stop because others have taken over."""

REFUSED: Final = 78
"""Exit code of a worker that has said what is wrong with the app's configuration. Source: EX_CONFIG of sysexits.h."""
