"""What stands between the internet and the pages: headers, hosts, admission, log-in, timers."""
