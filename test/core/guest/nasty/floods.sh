head -c 3000000 /dev/zero
head -c 1000000 /dev/zero >&2
echo end
