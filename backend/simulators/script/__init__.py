"""Dialogues as a model reads and writes them: one script, for any model, for training and talking.

Each role has its own view of a dialogue, written as messages that alternate:

    system     controls of this person, and the wish (seeker):  ` verbosity=short +genre=horror`
    user       what the other said, with a note:  `Have you seen @1 ? | @1 +genre=horror`
    assistant  the action it commits to:          `#inquire @1 ?genre`
    user       facts for the words to come:       ` @1 +genre=horror +decade=1990s`, often empty
    assistant  the words:                         `is @1 very scary ?`

Films and people are not in a model's words but in slots (`slots.py`): a model says that it names
the film it has just chosen, never which; which is looked up. So a film named exists in the
catalogue, and a director named did direct it. Acts are those of `backend.dialogue`; what may
follow what is a grammar (`actions.py`). Format and slots are this project's own: the Interplay
paper (arXiv 2603.18573) commits to an action before each utterance and publishes no schema.
"""
