"""The files of examples/deployment do what they say, as far as this machine has the programs that read them."""

from __future__ import annotations

import json
import shlex
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from typer.main import get_command

from cli.programs import SECRET, Program, eventually
from twofold.cli.main import commands

FILES = Path(__file__).parents[2] / "examples" / "deployment"
SHOP = """
from twofold import App, Request

app = App()


@app.get("/where")
async def where(request: Request) -> dict[str, str]:
    return {"url": str(request.url), "address": request.client.host if request.client else ""}
"""


def program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def replaced(text: str, **parts: str) -> str:
    """Replace what a test has to have elsewhere; each part must be there."""
    for old, new in parts.items():
        assert old in text
        text = text.replace(old, new)
    return text


def unit_command() -> list[str]:
    (line,) = [one for one in (FILES / "shop.service").read_text().splitlines() if one.startswith("ExecStart=")]
    return shlex.split(line.removeprefix("ExecStart="))


def container_command() -> list[str]:
    (line,) = [one for one in (FILES / "Containerfile").read_text().splitlines() if one.startswith("CMD ")]
    command: list[str] = json.loads(line.removeprefix("CMD "))
    return command


@pytest.mark.parametrize("command", [unit_command, container_command])
def test_the_command_is_one_that_there_is(command: Callable[[], list[str]]) -> None:
    words = command()
    assert Path(words[0]).name == "twofold"
    serve = get_command(commands).commands["serve"]  # type: ignore[attr-defined]
    context = serve.make_context("serve", words[2:])
    assert context.params["workers"] > 1


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "shop.service"
    command = unit_command()[0]
    unit.write_text((FILES / "shop.service").read_text().replace(command, "/bin/true"))
    done = subprocess.run(
        [program("systemd-analyze"), "verify", "--man=no", str(unit)], check=False, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    assert "shop.service:" not in done.stderr, done.stderr


def certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop.example")])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
    (folder / "shop.pem").write_bytes(built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    encoding = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "shop.key").write_bytes(key.private_bytes(*encoding))


@contextmanager
def running(command: list[str], folder: Path, port: int) -> Iterator[None]:
    with (folder / "proxy.log").open("wb") as log:
        proxy = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env={"HOME": str(folder), "PATH": "/usr/bin:/bin"})
    try:
        eventually(lambda: _is_open(port), "the proxy's start")
        yield
    finally:
        proxy.terminate()
        proxy.wait(10)


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def nginx(folder: Path, upstream: int) -> Iterator[str]:
    port, plain = free_port(), free_port()
    certificate(folder)
    text = replaced(
        (FILES / "nginx.conf").read_text(),
        **{
            "127.0.0.1:8000": f"127.0.0.1:{upstream}",
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "listen 80;": f"listen 127.0.0.1:{plain};",
            "/etc/ssl/": f"{folder}/",
        },
    )
    temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "shop.conf").write_text(text)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {temporary} include {folder}/shop.conf; }}\n"
    )
    command = [program("nginx"), "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    subprocess.run([*command, "-t"], check=True, capture_output=True, timeout=20)
    with running(command, folder, port):
        yield f"https://127.0.0.1:{port}"


@contextmanager
def caddy(folder: Path, upstream: int) -> Iterator[str]:
    port = free_port()
    text = replaced(
        (FILES / "Caddyfile").read_text(),
        **{
            "127.0.0.1:8000": f"127.0.0.1:{upstream}",
            "shop.example {": f"{{\n\tadmin off\n\tauto_https off\n}}\n\nhttp://shop.example:{port} {{",
        },
    )
    (folder / "Caddyfile").write_text(text)
    with running([program("caddy"), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")], folder, port):
        yield f"http://127.0.0.1:{port}"


PROXIES: dict[str, Callable[[Path, int], AbstractContextManager[str]]] = {"nginx": nginx, "caddy": caddy}


@pytest.mark.parametrize("name", PROXIES)
def test_a_proxy_tells_who_asked_for_what_and_lets_nobody_pretend(name: str, tmp_path: Path) -> None:
    program(name)
    (tmp_path / "main.py").write_text(SHOP, encoding="utf-8")
    variables = {"TWOFOLD_SECRET": SECRET, "TWOFOLD_ALLOWED_HOSTS": "shop.example", "TWOFOLD_TRUSTED_PROXIES": "127.0.0.1"}
    pretended = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Host": "evil.example", "X-Request-Id": "mine"}
    with Program(tmp_path, "serve", "main:app", "--port", "0", "--log-format", "json", **variables) as shop:
        upstream = json.loads(eventually(lambda: [one for one in shop.log.splitlines() if " on http" in one], "serving")[0])
        with (
            PROXIES[name](tmp_path, int(upstream["message"].rpartition(":")[2])) as url,
            httpx2.Client(base_url=url, headers={"Host": "shop.example"}, verify=False, trust_env=False, timeout=20) as client,
        ):
            answer = client.get("/where?q=secret", headers=pretended)
            assert answer.json() == {"url": f"{url[: url.index(':')]}://shop.example/where?q=secret", "address": "127.0.0.1"}
            assert "max-age" in answer.headers["strict-transport-security"]
            assert client.get("/readyz").status_code == 404
            request_id = answer.headers["x-request-id"]
            assert request_id != "mine"
            told = eventually(lambda: [one for one in shop.log.splitlines() if '"/where"' in one], "the access log")[0]
            line = json.loads(told)
            assert (line["request_id"], line["status"], line["client"]) == (request_id, 200, "127.0.0.1")
            assert len(request_id) >= 32, "the proxy's own"
            assert "secret" not in shop.log
