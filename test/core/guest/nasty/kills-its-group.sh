echo before
kill -9 -$$
sleep 1
echo after
