"""Serve the shop with uvicorn on a listening socket that is handed over: `python serve.py FD`."""

from __future__ import annotations

import socket
import sys

import uvicorn

server = uvicorn.Server(uvicorn.Config("main:app", log_level="warning"))
server.run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
