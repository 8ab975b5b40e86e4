"""What is defined and what happened: loads, runs, code books, slots, versions, lease, audit, in one SQLite file.

Truth: with the landing folder and the history it is all that a warehouse is made from. Other rooms use
`Catalogue.open(path)` and the small frozen rows it returns; no SQL leaves this room.
"""

from __future__ import annotations

from regulars.catalogue.catalogue import Catalogue
from regulars.catalogue.rows import Holder, Load, Run, Version

__all__ = ["Catalogue", "Holder", "Load", "Run", "Version"]
