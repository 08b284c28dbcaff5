echo before
exec >/dev/null 2>&1
echo never
if then fi (
