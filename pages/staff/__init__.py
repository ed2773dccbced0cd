"""Pages for researchers: studies, results, metrics, dialogues."""
