cd "${0%/*/*/*}" || exit 1
line='
'
mkdir -- "a b" -x .hidden "two${line}lines" '*' '$(exit)' "quote'" key/-1 "key/1-a b" key/2-.. key/.3
: >"key/1-file"
: >file
exit 3
