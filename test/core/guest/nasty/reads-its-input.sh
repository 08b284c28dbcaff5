read -r line
echo "$? <$line>"
cat
