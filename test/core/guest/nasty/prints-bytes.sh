i=$1
block=0123456789abcde
while [ "$i" -ge 16 ]; do
  echo $block
  i=$((i - 16))
done
printf "%.${i}s" $block
[ "$2" ] || exit 0
head -c "$2" /dev/zero >&2
