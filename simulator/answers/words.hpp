#pragma once

#include "simulator/mix.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace smelt::sim {

/// What follows "name:" at the start of a line of user, up to the line's end; empty when no line begins so. user is the
/// inside of a JSON string, name in lower case; underscores match blanks.
std::string_view labelled(std::string_view user, std::string_view name);

/// Up to count neighbouring words of user from a place that the random stream chooses. No quotes, backslashes or line
/// ends are in it.
std::string_view pick_words(std::string_view user, std::size_t count, random_stream &random);

/// A value of the given string format (date-time, uuid, ...); false when the format is not known.
bool append_format(std::string_view format, random_stream &random, std::string &out);

/// A text that matches the regular expression, JSON-escaped; false when it uses more than classes, groups, alternatives
/// and counts.
bool append_match(std::string_view pattern, random_stream &random, std::string &out);

} // namespace smelt::sim
