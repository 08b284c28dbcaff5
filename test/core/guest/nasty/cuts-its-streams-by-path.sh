# A stream is a file, as with Azure's own handler: ">" cuts it, and the report says what lies there then.
echo lost
echo kept >/dev/stdout
echo too
echo lost >&2
echo kept >/dev/stderr
