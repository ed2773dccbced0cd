"""Talk that happens now: chats with a simulator, the lobby, and games whose players don't know."""
