echo one
: >"${0%/*}/out"
echo two
