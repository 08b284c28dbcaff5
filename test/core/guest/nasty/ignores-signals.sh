trap '' TERM INT QUIT USR1 USR2 ALRM
for name in TERM INT QUIT USR1 USR2 ALRM; do kill -$name $$; done
echo alive
exit 6
