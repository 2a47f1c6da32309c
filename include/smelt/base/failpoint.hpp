#pragma once

#include <algorithm>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string_view>

/// Named places between two durable effects, where a test can kill the process, make it fail or make it wait. They are
/// always compiled in; one that is not set costs a load and a branch.
///
///   SMELT_FAILPOINTS="submit.after_create=kill"          SIGKILL to this process
///   SMELT_FAILPOINTS="apply.before_commit=error"         throws unavailable
///   SMELT_FAILPOINTS="collect.before_slice=delay:500ms"  waits
///   ...=kill@3 acts at the third passage only, without a number at each; several are separated by semicolons.
///
/// A module that has failpoints lists them in its failpoints.hpp and defines failpoint(failpoint_name) there.
namespace smelt {

/// The names of a module's failpoints, step.moment each.
using failpoint_table = std::span<const std::string_view>;

/// A name that is in the module's table; anything else does not compile.
template <const auto &Table>
struct failpoint_of {
    std::string_view text;
    consteval failpoint_of(const char *name)
        : text{name} { // NOLINT(google-explicit-constructor): a literal is the name
        if (std::find(Table.begin(), Table.end(), text) == Table.end())
            throw std::logic_error{"not in the table of failpoints"};
    }
};

namespace detail {
extern bool any_failpoint_set;
void pass_set_failpoint(std::string_view name);
} // namespace detail

/// Does nothing unless SMELT_FAILPOINTS names it. With `error` it throws unavailable.
inline void pass_failpoint(std::string_view name) {
    if (detail::any_failpoint_set) [[unlikely]]
        detail::pass_set_failpoint(name);
}

/// Reads SMELT_FAILPOINTS; once, before any thread is started. Throws usage_error naming what is not understood, also a
/// name that is in none of the tables.
void read_failpoints(const char *setting, std::initializer_list<failpoint_table> known);

} // namespace smelt
