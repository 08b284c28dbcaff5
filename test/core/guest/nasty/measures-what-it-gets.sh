echo ${#1} ${#LONG}
