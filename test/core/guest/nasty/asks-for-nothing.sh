#!
echo a
exit 3
