echo "a"
exit 4
