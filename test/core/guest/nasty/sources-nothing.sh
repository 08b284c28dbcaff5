echo before
. ./no-such-file
echo after
exit 3
