trap 'echo trapped; exit 9' EXIT
exit 1
