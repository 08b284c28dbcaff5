#!perl -w
print "never\n";
