"""The demo's dialogues: authored ones, and ones of the template simulators."""

from backend.catalogue import Catalogue
from backend.conversations.simulation import plans, simulate_into
from backend.corpora.demo import PACKAGED
from backend.corpora.importing import import_into
from backend.dialogue import Role
from backend.pool import DialogueFilter, Pool
from backend.simulators import simulator

#: How many dialogues of the template simulators the demo has, and the seed they come from.
SIMULATED, SEED = 60, 1


def fill(pool: Pool) -> None:
    """Put the demo's dialogues into the pool. What is there already stays as it is."""
    import_into(pool, "demo", PACKAGED)
    if pool.count(DialogueFilter(corpus=("simulated",), seeker_system=("agenda",))) < SIMULATED:
        seeker = simulator("agenda", Role.SEEKER)
        recommender = simulator("critiquing", Role.RECOMMENDER)
        planned = plans(Catalogue.load(), SIMULATED, seed=SEED)
        simulate_into(pool, seeker, recommender, planned)
