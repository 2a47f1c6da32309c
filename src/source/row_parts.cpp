#include "row_parts.hpp"

#include "smelt/base/error.hpp"

#include <cstdint>

namespace smelt::source {

void content_hasher::add_framed(std::string_view part) {
    // Byte by byte, so that the hash is the same on every machine.
    for (std::uint64_t size = part.size(), i = 0; i < 8; ++i, size >>= 8)
        material_ += static_cast<char>(size & 0xFF);
    material_ += part;
}

void content_hasher::add(std::string_view name, content_kind kind, std::string_view value) {
    add_framed(name);
    material_ += static_cast<char>(kind);
    add_framed(value);
}

std::string content_hasher::hex() {
    digest_.add(material_);
    material_.clear();
    return digest_.hex();
}

bool is_content(const std::set<std::string> &content_fields, std::string_view name) {
    const std::string text{name};
    return content_fields.contains("*") ? !content_fields.contains("-" + text) : content_fields.contains(text);
}

std::string key_maker::of_values(const std::vector<std::string_view> &values) {
    if (spec_.type == config::key_spec::kind::hash) {
        constexpr std::size_t digits = 24; // 96 bits: ten million rows collide with a probability below 1 in 10^15
        for (std::size_t i = 0; i < values.size(); ++i)
            hash_.add(spec_.fields[i], content_kind::text, values[i]);
        return hash_.hex().substr(0, digits);
    }
    if (values.size() == 1)
        return std::string{values.front()};
    std::string key;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i > 0)
            key += '|';
        for (const char c : values[i]) {
            if (c == '|' || c == '\\')
                key += '\\';
            key += c;
        }
    }
    return key;
}

std::string key_maker::of_row(std::string_view file, std::int64_t number) {
    return std::string{file} + ":" + std::to_string(number);
}

std::string shape_of(const config::source_spec &spec) {
    auto shape = std::to_string(static_cast<int>(spec.kind)) + " 2\n" + spec.records + "\n" + spec.member + "\n" +
                 spec.delimiter + (spec.quotes ? "" : "none");
    for (const auto &field : spec.key.fields)
        shape += "\n" + field;
    for (const auto &field : spec.derive)
        shape += "\n" + field.from + "\n" + field.match;
    return shape;
}

void check_key(std::string_view key, const std::string &where, std::int64_t line) {
    constexpr std::size_t longest = 500;
    if (key.empty())
        throw file_error{where, static_cast<int>(line), "the key is empty", "every record needs a key of its own"};
    if (key.size() > longest)
        throw file_error{where, static_cast<int>(line), "the key is longer than 500 bytes",
                         "use a shorter field as key"};
}

} // namespace smelt::source
