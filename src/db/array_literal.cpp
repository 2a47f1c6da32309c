#include "smelt/db/connection.hpp"

namespace smelt::db {
namespace {

void append_quoted(std::string &out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    out += '"';
}

template <class Values, class Append>
std::string literal(const Values &values, Append append) {
    std::string out = "{";
    for (const auto &value : values) {
        if (out.size() > 1)
            out += ',';
        append(out, value);
    }
    return out + '}';
}

} // namespace

std::string array_literal(const std::vector<std::string> &values) {
    return literal(values, [](std::string &out, const std::string &value) { append_quoted(out, value); });
}

std::string array_literal(const std::vector<std::optional<std::string>> &values) {
    return literal(values, [](std::string &out, const std::optional<std::string> &value) {
        if (value)
            append_quoted(out, *value);
        else
            out += "NULL";
    });
}

std::string array_literal(const std::vector<std::int64_t> &values) {
    return literal(values, [](std::string &out, std::int64_t value) { out += std::to_string(value); });
}

std::string array_literal(const std::vector<std::int32_t> &values) {
    return literal(values, [](std::string &out, std::int32_t value) { out += std::to_string(value); });
}

} // namespace smelt::db
