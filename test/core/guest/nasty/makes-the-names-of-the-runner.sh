cd "${0%/*}" || exit 1
for name in go.$$ ready.new archive a.1 meta.1 stop.- l.1 d.1; do mkdir $name; done
echo a
exit 3
