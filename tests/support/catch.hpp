#pragma once

// Catch2 v2 (Debian 12) and v3 (Debian 13) behind one header.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#define SMELT_CONTAINS Catch::Matchers::ContainsSubstring
#else
#include <catch2/catch.hpp>
#define SMELT_CONTAINS Catch::Matchers::Contains
#endif
