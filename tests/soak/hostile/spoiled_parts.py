"""Templates with one part of their package spoiled, and packed again without a fault.

The door sees a whole zip; what is wrong is for the parsers to find.
"""

from __future__ import annotations

from random import Random

from tests.soak.hostile.damage import at_random, elements_moved, reworded
from tests.soak.hostile.packing import packed, parts_of


def spoiled(content: bytes, chance: Random) -> bytes:
    parts = parts_of(content)
    names = [name for name in parts if parts[name] and not name.endswith("/")]
    # The parts a reader opens come first in turn; a thumbnail's fate is of less interest.
    weighty = [name for name in names if name.endswith((".xml", ".rels"))]
    one, other = chance.choice(weighty), chance.choice(names)
    match chance.randrange(8):
        case 0:
            del parts[one]
        case 1:
            parts[one], parts[other] = parts[other], parts[one]
        case 2:
            parts[one] = b""
        case 3 | 4:
            parts[one] = reworded(parts[one], chance)
        case 5 | 6:
            parts[one] = elements_moved(parts[one], chance)
        case _:
            parts[one] = at_random(parts[one], chance)
    return packed(parts)
