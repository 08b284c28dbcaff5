cd "${0%/*}" || exit 1
rm -f out err
echo elsewhere >../../target
ln -s ../../target out
ln -s nowhere err
echo lost
exit 6
