(exit 9)
echo $?
(kill -9 "$(sh -c 'echo $PPID')"; echo never) 2>/dev/null
echo $?
exit 1
