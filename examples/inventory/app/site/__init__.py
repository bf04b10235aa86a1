"""Everything that browsers see. A group: it has middleware of its own and no segment in the URL."""

SEGMENT = ""
