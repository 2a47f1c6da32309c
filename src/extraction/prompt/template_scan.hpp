#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace smelt::extraction {

/// One piece of a mustache template.
struct template_part {
    enum class kind { text, value, section, inverted, end } type = kind::text;
    std::string text; ///< the text, or the tag's name
    int line = 1;
};

/// Splits a template into parts and checks that sections are balanced. Comments vanish. Partials, delimiter changes and
/// anything malformed throw usage_error "WHERE, line N: ...".
std::vector<template_part> scan_template(std::string_view source, const std::string &where);

} // namespace smelt::extraction
