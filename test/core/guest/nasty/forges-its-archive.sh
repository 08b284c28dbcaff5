echo "5 0 plain 5 - - a.1" >"${0%/*}/meta"
echo "5 0 0 plain 5 - - a.1" >"${0%/*}/meta.1"
echo fake >"${0%/*}/a.1"
echo real
exit 3
