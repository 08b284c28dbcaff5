kill -URG "$PPID" $$
trap '' URG TERM
kill "$PPID"
exit 7
