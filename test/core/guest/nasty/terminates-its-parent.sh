kill "$PPID"
sleep 0.1
echo after
exit 5
