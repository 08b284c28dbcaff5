# These are files here, as with Azure's own handler, so with ">" they would be cut.
echo one
echo two >>/dev/stdout
echo three >>/proc/self/fd/1
echo four >>/dev/stderr
cat <<"END" >>"/proc/$$/fd/2"
five
END
