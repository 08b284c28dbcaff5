echo a
exec /no/such/program
