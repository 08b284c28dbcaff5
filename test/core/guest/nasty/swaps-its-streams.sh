exec 3>&1 1>&2 2>&3 3>&-
echo out
echo err >&2
