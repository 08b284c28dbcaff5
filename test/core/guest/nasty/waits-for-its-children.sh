(sleep 0.2; echo slow; exit 7) &
slow=$!
(echo fast; exit 6) &
wait $!
echo $?
wait $slow
exit $?
