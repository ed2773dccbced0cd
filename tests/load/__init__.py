"""Virtual raters against the real server, and the times they measure."""
