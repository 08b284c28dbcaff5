rm -f "${0%/*}/pending" "${0%/*}/going"
exit 3
