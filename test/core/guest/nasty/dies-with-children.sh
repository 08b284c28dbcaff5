sleep 0.4 &
(trap '' HUP; sleep 0.4; echo late) &
echo before
kill -9 $$
