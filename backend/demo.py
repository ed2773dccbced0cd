"""The dialogues of the demo: authored ones, and ones of the template simulators."""

from backend.catalogue import Catalogue
from backend.conversations.simulation import plans, simulate_into
from backend.corpora.demo import PACKAGED
from backend.corpora.importing import import_into
from backend.dialogue import Role
from backend.pool import DialogueFilter, Pool
from backend.simulators import simulator

#: Number of dialogues of the template simulators in the demo, and their seed.
SIMULATED, SEED = 60, 1


def fill(pool: Pool) -> None:
    """Add the demo's dialogues to the pool. Dialogues that it already holds do not change."""
    import_into(pool, "demo", PACKAGED)
    if pool.count(DialogueFilter(corpus=("simulated",), seeker_system=("agenda",))) < SIMULATED:
        seeker = simulator("agenda", Role.SEEKER)
        recommender = simulator("critiquing", Role.RECOMMENDER)
        planned = plans(Catalogue.load(), SIMULATED, seed=SEED)
        simulate_into(pool, seeker, recommender, planned)
