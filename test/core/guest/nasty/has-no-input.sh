exec <&-
read -r line
[ $? -gt 0 ] && echo none
cat
exit 3
