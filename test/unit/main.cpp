// main.cpp -- the unit test program. Debian 12 ships Catch2 2, whose main function is compiled here; test
// files include <catch2/catch.hpp> and nothing else of Catch2.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
