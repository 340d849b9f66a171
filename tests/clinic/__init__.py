"""A PostgreSQL of the tests' own: started from Debian's programs, thrown away afterwards."""
