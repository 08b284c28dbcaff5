echo before
kill -9 "$PPID" $$
