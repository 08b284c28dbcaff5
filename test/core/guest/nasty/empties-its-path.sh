PATH=
export PATH
echo still here
exit 2
