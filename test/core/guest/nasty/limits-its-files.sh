ulimit -c 0
ulimit -f 1
echo before
head -c 5000 /dev/zero || exit 4
