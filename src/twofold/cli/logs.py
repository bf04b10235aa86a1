"""What the servers log, and where: to standard error, and only where the app has not decided otherwise."""

from __future__ import annotations

import logging

_LEVELS = {"twofold": logging.INFO, "uvicorn": logging.INFO}


def set_up_logs(form: str, **levels: int) -> None:
    """Send log lines to standard error; an app that set up logging itself keeps what it set up.

    Args:
        form: of a line.
        levels: by logger, dots written as underscores.
    """
    logging.basicConfig(format=form)
    for name, level in {**_LEVELS, **{name.replace("_", "."): level for name, level in levels.items()}}.items():
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            logger.setLevel(level)
