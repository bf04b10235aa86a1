"""Pages: the components that a browser is shown, in their layouts."""

from __future__ import annotations

from twofold.pages.failures import show_failure as show_failure
from twofold.pages.page import Chain as Chain
from twofold.pages.page import ErrorPage as ErrorPage
from twofold.pages.page import Layout as Layout
from twofold.pages.page import Page as Page
