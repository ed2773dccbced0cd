"""Pages for stakeholders: Welcome and Watch."""
