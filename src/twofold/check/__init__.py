"""The checker: mistakes that a reader of the source can be sure of. It imports nothing of what it checks.

A tool: the app never imports it.
"""

from __future__ import annotations

from twofold.check.checking import Report, check
from twofold.check.configuration import Choice, configured
from twofold.check.findings import Edit, Finding
from twofold.check.fixing import fixed
from twofold.check.formats import FORMATS
from twofold.check.registry import ENGINE, RULES
from twofold.check.rule import Rule

__all__ = ["ENGINE", "FORMATS", "RULES", "Choice", "Edit", "Finding", "Report", "Rule", "check", "configured", "fixed"]
