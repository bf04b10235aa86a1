"""Regions: components that are rendered again alone, when what they show has changed.

A region records the tags of the cached reads inside it and ships them in a signed descriptor. Whoever holds the descriptor
may ask whether the region is outdated, and for its new HTML; nobody can make one up. The page around the regions is one too.
"""

from __future__ import annotations

from twofold.regions.descriptor import Descriptor as Descriptor
from twofold.regions.descriptor import tag_hash as tag_hash
from twofold.regions.have import Have as Have
from twofold.regions.have import have_of as have_of
from twofold.regions.have import read_have as read_have
from twofold.regions.refresh import Show as Show
from twofold.regions.refresh import Wish as Wish
from twofold.regions.refresh import refreshed as refreshed
from twofold.regions.region import Region as Region
from twofold.regions.region import region as region
from twofold.regions.scene import PAGE as PAGE
from twofold.regions.scene import Scene as Scene
from twofold.regions.scene import scene_of as scene_of
from twofold.regions.scene import showing as showing
