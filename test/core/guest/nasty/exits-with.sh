exit "$@"
