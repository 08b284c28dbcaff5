cd "${0%/*}" || exit 1
ln -sf /dev/zero out
ln -sf /dev/zero err
exit 6
