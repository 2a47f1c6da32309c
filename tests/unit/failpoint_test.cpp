#include "catch.hpp"
#include "error_of.hpp"

#include "smelt/base/error.hpp"
#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/store/failpoints.hpp"

#include <set>

using namespace smelt;
using orchestrator::failpoint;
using orchestrator::failpoints;

TEST_CASE("failpoints have names of their own") {
    std::set<std::string_view> different{failpoints.begin(), failpoints.end()};
    different.insert(store::failpoints.begin(), store::failpoints.end());
    CHECK(different.size() == failpoints.size() + store::failpoints.size());
    CHECK(failpoints.size() >= 40);
}

TEST_CASE("a failpoint does nothing until it is set, then what it was set to, at the passage that was named") {
    CHECK_NOTHROW(failpoint("claim.before_commit"));
    read_failpoints("claim.before_commit=error@2;take.before_commit=delay:1ms", {failpoints});
    CHECK_NOTHROW(failpoint("claim.before_commit"));
    CHECK_THROWS_AS(failpoint("claim.before_commit"), unavailable);
    CHECK_NOTHROW(failpoint("claim.before_commit"));
    CHECK_NOTHROW(failpoint("take.before_commit"));
    CHECK_NOTHROW(failpoint("claim.after_commit"));
}

TEST_CASE("a setting that names no failpoint or no action is refused") {
    const auto *const bad = GENERATE("claim.before=kill", "claim.before_commit", "claim.before_commit=explode",
                                     "claim.before_commit=kill@0", "claim.before_commit=delay:soon", "=kill");
    CHECK_THROWS_AS(read_failpoints(bad, {failpoints}), usage_error);
    CHECK_NOTHROW(read_failpoints(nullptr, {failpoints}));
    CHECK_NOTHROW(read_failpoints("", {failpoints}));
}
