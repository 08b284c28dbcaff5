(
  i=0
  while [ $i -lt 60 ]; do
    echo later
    sleep 0.01
    i=$((i + 1))
  done
) &
echo done
