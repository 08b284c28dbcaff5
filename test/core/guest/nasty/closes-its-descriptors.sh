echo before
exec 0<&- 1>&- 2>&-
echo after
exit 4
