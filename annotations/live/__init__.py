"""Live chats with a simulator, and live games with their lobby."""
