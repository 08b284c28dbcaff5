(trap '' HUP TERM; exec sleep 2) &
(setsid sleep 2 >/dev/null 2>&1 </dev/null &)
echo done
