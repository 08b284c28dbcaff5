kill -PIPE $$
