"""What a rater meets, in order: consent, instructions, practice, tasks, the end."""
