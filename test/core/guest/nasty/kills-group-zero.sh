echo before
kill 0
sleep 1
echo after
