# Each of them holds stdout open, in a session of its own.
setsid sh -c 'sleep 1 & sleep 1' &
(setsid sh -c '(sleep 1 &) &' &)
echo done
exit 3
