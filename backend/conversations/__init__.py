"""Conversations: scenarios, the dialogue loop, parallel runs, grafting and pacing."""
