"""Evaluation of simulators: the table of `evaluate-simulators`, from dialogues to figures."""
