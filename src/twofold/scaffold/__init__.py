"""New projects: folders of templates, laid over each other, each a project's own files with two names to fill in."""

from __future__ import annotations

from twofold.scaffold.names import checked_name as checked_name
from twofold.scaffold.names import title_of as title_of
from twofold.scaffold.writing import scaffold as scaffold
