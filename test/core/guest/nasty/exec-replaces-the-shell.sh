echo a
exec true
