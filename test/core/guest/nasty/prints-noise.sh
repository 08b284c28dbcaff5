#!/usr/bin/perl
# 1 MiB that gzip cannot make smaller, the same each time.
binmode STDOUT;
my ($state, @bytes) = (7);
for (1 .. 1_048_576) {
  $state = ($state * 1_664_525 + 1_013_904_223) & 0xffff_ffff;
  push @bytes, $state >> 24;
}
print pack "C*", @bytes;
