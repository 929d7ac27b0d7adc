# Help teaches by example.
. test/cli/lib.bash
run 0 --help; prints run; prints .beam
run 0 run --help; prints -pa
