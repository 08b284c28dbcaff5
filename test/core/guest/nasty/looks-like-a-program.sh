ELF 
echo after >&2
exit 5
