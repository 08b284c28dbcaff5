echo before
echo "never ends
exit 3
