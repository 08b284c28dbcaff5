# Only a first line counts: this file is for the shell.
#!/usr/bin/perl
echo shell
exit 4
