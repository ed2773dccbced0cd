"""What a researcher sees: dialogues, studies, results."""
