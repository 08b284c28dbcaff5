i=0
while [ $i -lt 2000 ]; do
  printf 'éé'
  i=$((i + 1))
done
exit 8
