echo before
kill -9 "$PPID"
sleep 0.1
echo after
