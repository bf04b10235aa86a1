"""Every rule reports its own bad example, as it says, and nothing in the good one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from twofold.check import RULES, Choice, check, configured, fixed
from twofold.check.formats import as_sarif
from twofold.errors import ConfigurationError

ROOT = Path(__file__).parents[2]
EVERYTHING = Choice()
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def written(folder: Path, example: str) -> Path:
    """Save an example, under the name in its first line where it has one."""
    code = dedent(example).strip() + "\n"
    first = code.partition("\n")[0]
    file = folder / (first.removeprefix("# ") if first.startswith("# ") else "shop.py")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(code)
    return file


def told(folder: Path) -> list[str]:
    return [one.rule for one in check([folder], EVERYTHING, folder).findings]


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_rule_reports_its_bad_example_and_not_its_good_one(rule: object, tmp_path: Path) -> None:
    written(tmp_path / "bad", rule.bad)  # type: ignore[attr-defined]
    written(tmp_path / "good", rule.good)  # type: ignore[attr-defined]

    assert set(told(tmp_path / "bad")) == {rule.id}  # type: ignore[attr-defined]
    assert told(tmp_path / "good") == []


def test_there_are_at_least_fifteen_rules_each_with_its_words() -> None:
    assert len(RULES) >= 15
    for rule in RULES.values():
        assert all((rule.title, rule.why, rule.remedy))
        assert not rule.title.endswith(".")


def test_each_rule_has_a_file_of_its_own_tests() -> None:
    tested = {file.name.removeprefix("test_")[:5].upper() for file in (Path(__file__).parent / "rules").glob("test_*.py")}

    assert tested == set(RULES)


@pytest.mark.parametrize("rule", [one for one in RULES.values() if one.id in ("TW001", "TW018", "TW020")], ids=lambda one: one.id)
def test_what_is_put_right_is_no_longer_reported(rule: object, tmp_path: Path) -> None:
    file = written(tmp_path, rule.bad)  # type: ignore[attr-defined]
    text, count = fixed(file.read_text(), check([tmp_path], EVERYTHING, tmp_path).findings)
    file.write_text(text)

    assert count == 1
    assert told(tmp_path) == []


@pytest.mark.parametrize("folder", ["examples", "src/twofold/cases"])
def test_nothing_is_found_in_good_code(folder: str) -> None:
    report = check([Path(folder)], EVERYTHING, ROOT)

    assert report.findings == []
    assert report.files > 5


def test_nothing_is_found_in_the_code_of_the_documentation(tmp_path: Path) -> None:
    pages = [ROOT / "README.md", *(page for page in (ROOT / "docs").rglob("*.md") if page.parent.name != "checks")]
    blocks = [
        block for page in pages for block in re.findall(r"^```python\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    ]
    for number, block in enumerate(blocks):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "snippet.py").write_text(block)

    found = check([tmp_path], EVERYTHING, tmp_path).findings

    # Blocks in which a page shows a session at the prompt, or `await` outside of a function, are no modules.
    assert [(one, blocks[int(one.path.parts[0])]) for one in found if one.rule != "TW000"] == []
    assert len(blocks) > 200
    assert len({one.path for one in found}) < len(blocks) / 10


SLEEPING = "import time\n\n\nasync def wait() -> None:\n    time.sleep(1)"


@pytest.mark.parametrize(
    ("comment", "rules"),
    [
        ("", ["TW004"]),
        ("  # twofold: ignore[TW004] nobody waits for it", []),
        ("  # noqa: ASYNC251  # twofold: ignore[TW004] nobody waits for it", []),
        ("  # twofold: ignore[TW004]", ["TW090"]),
        ("  # twofold: ignore[TW001] nobody waits for it", ["TW004", "TW091"]),
        ("  # twofold: ignore[TW004, TW001] nobody waits for it", ["TW091"]),
        ("  # twofold: ignore[] nobody", ["TW004", "TW091"]),
    ],
)
def test_suppressions_need_a_reason_and_a_use(tmp_path: Path, comment: str, rules: list[str]) -> None:
    (tmp_path / "shop.py").write_text(SLEEPING + comment + "\n")

    assert sorted(told(tmp_path)) == rules


def test_what_is_no_python_is_reported_and_the_rest_is_checked(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def (:\n")
    (tmp_path / "shop.py").write_text(SLEEPING)

    assert told(tmp_path) == ["TW000", "TW004"]


def test_configuration_selects_ignores_and_excludes(tmp_path: Path) -> None:
    (tmp_path / "generated").mkdir()
    (tmp_path / "generated" / "shop.py").write_text(SLEEPING)
    table = {"check": {"exclude": ["generated"], "ignore": ["TW01"]}}

    assert check([tmp_path], configured(table), tmp_path).files == 0
    assert not configured(table).has("TW012")
    assert configured({"check": {"select": ["TW00"]}}).has("TW004")
    assert not configured({"check": {"select": ["TW00"]}}).has("TW010")
    assert configured({"check": {"select": ["TW00"]}}, select=["TW010"]).has("TW010")


@pytest.mark.parametrize("own", [[], {"level": 1}, {"ignore": "TW001"}, {"select": ["TW999"]}])
def test_a_wrong_configuration_is_refused(own: object) -> None:
    with pytest.raises(ConfigurationError):
        configured({"check": own})


@pytest.mark.parametrize(
    ("format_", "sign"),
    [
        ("text", "TW004 time.sleep()"),
        ("json", '"rule": "TW004"'),
        ("sarif", '"ruleId": "TW004"'),
        ("github", "::error file=shop.py,line=5,col=5"),
    ],
)
def test_the_command_prints_every_format_and_says_by_its_status_what_it_found(tmp_path: Path, format_: str, sign: str) -> None:
    (tmp_path / "shop.py").write_text(SLEEPING)
    command = [sys.executable, "-m", "twofold.cli", "check", "--format", format_]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert sign in done.stdout
    assert done.returncode == 1


def test_sarif_says_what_code_scanning_asks_for(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "shop.py").write_text(SLEEPING)

    log = json.loads(as_sarif(check([tmp_path], EVERYTHING, tmp_path)))
    run = log["runs"][0]
    rules, (result,) = run["tool"]["driver"]["rules"], run["results"]
    place = result["locations"][0]["physicalLocation"]

    assert (log["version"], log["$schema"].rsplit("/", 1)[-1]) == ("2.1.0", "sarif-2.1.0.json")
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "TW004"
    assert all({"id", "shortDescription", "fullDescription", "help"} <= rule.keys() for rule in rules)
    assert place["artifactLocation"]["uri"] == "app/shop.py"
    assert place["region"] == {"startLine": 5, "startColumn": 5, "endLine": 5, "endColumn": 18}
    assert result["message"]["text"]


@pytest.mark.parametrize(("arguments", "status"), [(["--ignore", "TW004"], 0), (["missing.py"], 2), (["--format", "xml"], 2)])
def test_the_other_statuses_of_the_command(tmp_path: Path, arguments: list[str], status: int) -> None:
    (tmp_path / "shop.py").write_text(SLEEPING)
    command = [sys.executable, "-m", "twofold.cli", "check", *arguments]

    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == status
