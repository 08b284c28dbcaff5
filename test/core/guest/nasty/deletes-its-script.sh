rm -f "$0"
sh -c 'exit 3'
code=$?
echo still here
exit $code
