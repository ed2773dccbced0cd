"""Systems that made dialogues of a corpus, under one name wherever they occur."""

import re

from backend.dialogue import Origin, Player, System


def recommender(source_name: str) -> Player:
    """A machine recommender that was run elsewhere, by the name its source gives it.

    >>> recommender("BARCOR_OpenDialKG").system.name, recommender("IAI MovieBot").system.name
    ('barcor_opendialkg', 'iai_moviebot')
    """
    # One of the released files writes the name as one word.
    name = re.sub(r"[\s_-]+", "_", source_name.strip().lower()).replace("iaimovie", "iai_movie")
    trained_on = name.rpartition("_")[2]
    known = trained_on in ("redial", "opendialkg")
    system = System(
        name=name,
        simulator="external",
        controls={"trained_on": trained_on} if known else {},
    )
    return Player(origin=Origin.SIMULATED, system=system)
