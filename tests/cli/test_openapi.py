from __future__ import annotations

import json
from pathlib import Path

from openapi_spec_validator import validate

from cli.programs import run


def test_the_document_is_printed(shared_project: Path) -> None:
    done = run(shared_project, "openapi")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    validate(document)
    assert "/api/stock/{sku}" in document["paths"]
    assert "/products/{sku}" not in document["paths"]


def test_a_document_that_is_kept_is_compared(shared_project: Path) -> None:
    kept = shared_project / "openapi.json"
    kept.write_text(run(shared_project, "openapi").stdout, encoding="utf-8")
    assert run(shared_project, "openapi", "--check", "openapi.json").returncode == 0
    kept.write_text("{}", encoding="utf-8")
    done = run(shared_project, "openapi", "--check", "openapi.json")
    assert done.returncode == 1
    assert done.stderr == "twofold: openapi.json is not what the app answers; write it again: `twofold openapi > openapi.json`\n"
    assert run(shared_project, "openapi", "--check", "nothing.json").returncode == 1


def test_an_app_that_publishes_its_document_prints_the_same(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "from twofold import App\n"
        "from twofold.openapi import serve_openapi\n"
        "app = App()\n"
        'serve_openapi(app, title="Shop", version="7", docs=None)\n'
    )
    done = run(tmp_path, "openapi", "main:app")
    assert json.loads(done.stdout)["info"] == {"title": "Shop", "version": "7"}
    assert json.loads(done.stdout)["paths"] == {}
