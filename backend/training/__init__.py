"""Training of simulators: corpora labelled for training, and models trained on them.

`python -m backend prepare` labels dialogues (acts, scenario, kind of person, split), `train` makes
a model of them. Nothing here is needed to run a model that is made.
"""
