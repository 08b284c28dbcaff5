cd "${0%/*/*/*}/.queue" || exit 1
mkdir 1 9.folder
: >'1 2'
: >1zz.x
: >19999999999999999999.$$.key.1-create-0
: >'19$(exit 9).1.key.run'
: >0
: >0.
: >0j.1.2.3
: >c.
: >"c.$$"
: >d.1
: >-n
exit 3
