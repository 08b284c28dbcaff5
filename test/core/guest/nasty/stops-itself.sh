(
  sleep 0.2
  kill -CONT $$
) &
kill -STOP $$
echo back
exit 3
