read -r answer </dev/tty || echo "nobody <$answer>"
exit 2
