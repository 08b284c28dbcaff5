cd "${0%/*}" || exit 1
rm -f out err
mkdir out err
echo lost
exit 6
