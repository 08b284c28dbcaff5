# With SIGPIPE ignored, seq would complain, or never end.
seq 1000000 | head -n 1
seq 1000000 2>&1 | true
exit 3
