"""The web server around the pages: headers, hosts, admission, log-in and timers."""
