trap 'echo answered; exit 11' TERM
kill $$
sleep 1
