#! /bin/sed -nf	 
$=
