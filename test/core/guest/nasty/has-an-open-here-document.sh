cat <<END
$(echo expanded)
`echo too`
EN