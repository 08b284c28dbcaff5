#!/usr/bin/perl
# Appended, wherever the script thinks it stands.
$| = 1;
print "first\n";
seek STDOUT, 0, 0;
print "second\n";
truncate STDOUT, 3;
print "third\n";
