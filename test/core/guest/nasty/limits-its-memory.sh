ulimit -v 1
echo before
cat /dev/null 2>/dev/null || exit 4
