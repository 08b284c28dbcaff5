printf '\0\1\377\376\r\n\303'
printf '\200\n' >&2
