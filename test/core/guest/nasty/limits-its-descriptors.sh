ulimit -n 4
echo a | cat
exit 5
