#!/usr/bin/perl -w
# The exit code is a remainder of 256, and the rest of the file is data, not code.
$| = 1;
print "out @ARGV\n";
print STDERR "err\n";
exit 259;
__END__
if then fi (
