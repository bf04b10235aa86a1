"""Discovery: a package of folders → routes.

    files        which files and folders there are, by their names
    entries      what each routing file must define
    parameters   how much of the path a dynamic folder takes
    folders      the tree of folders, imported
    routes       the tree as a list of routes with what surrounds each

    app/products/_sku_/page.py    →    page(sku) at /products/{sku}

Everything is read once, at start.
"""

from __future__ import annotations

from twofold.discovery.entries import HANDLER_NAMES as HANDLER_NAMES
from twofold.discovery.folders import Folder as Folder
from twofold.discovery.folders import discover as discover
from twofold.discovery.parameters import kind_in as kind_in
from twofold.discovery.routes import FailurePage as FailurePage
from twofold.discovery.routes import FoundRoute as FoundRoute
from twofold.discovery.routes import Surroundings as Surroundings
from twofold.discovery.routes import flatten as flatten
from twofold.discovery.routes import surroundings as surroundings
