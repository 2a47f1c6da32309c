#include "read.hpp"
#include "text_file.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace smelt::config {
namespace {

bool ends_like_a_file(std::string_view text) {
    constexpr std::array<std::string_view, 5> endings{".md", ".txt", ".json", ".mustache", ".prompt"};
    return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) { return text.ends_with(ending); });
}

/// What nlohmann says, without its own error numbers.
std::string reason(const json::exception &e) {
    const std::string text = e.what();
    const auto end = text.find("] ");
    return end == std::string::npos ? text : text.substr(end + 2);
}

/// Watches a parse for what the parser itself lets pass.
class strictness {
  public:
    explicit strictness(const std::string &file) : file_{file} {}

    bool operator()(int depth, json::parse_event_t event, const json &value) {
        constexpr int deepest = 64;
        if (depth > deepest)
            throw file_error{file_, 0, "nested deeper than " + std::to_string(deepest) + " levels"};
        if (event == json::parse_event_t::object_start)
            names_.emplace_back();
        else if (event == json::parse_event_t::object_end)
            names_.pop_back();
        else if (event == json::parse_event_t::key && !names_.back().insert(value.get<std::string>()).second)
            throw file_error{file_, 0, "the name \"" + value.get<std::string>() + "\" stands twice in one object"};
        if (value.is_string() && value.get_ref<const std::string &>().find('\0') != std::string::npos)
            throw file_error{file_, 0, "a text holds \\u0000", "PostgreSQL cannot store it"};
        return true;
    }

  private:
    const std::string &file_;
    std::vector<std::set<std::string>> names_;
};

} // namespace

named_text read_text_or_file(const view &at, const std::filesystem::path &folder) {
    const auto &text = at.value().get_ref<const std::string &>();
    if (text.empty() || text.find('\n') != std::string::npos)
        return {text, ""};
    std::error_code ignored; // a long prompt is no file name, and that is no error
    const auto path = folder / text;
    const bool exists = std::filesystem::is_regular_file(path, ignored);
    if (!exists && !ends_like_a_file(text))
        return {text, ""};
    if (!exists)
        at.fail("there is no file " + path.string(),
                "paths are relative to the pipeline file; text itself is written as a "
                "block: put | after the colon and the text below");
    return {read_utf8_file(path), path.string()};
}

json parse_json_file(const std::string &text, const std::string &file) {
    try {
        return json::parse(text, json::parser_callback_t{strictness{file}});
    } catch (const json::parse_error &e) {
        throw file_error{file, line_of(text, e.byte ? e.byte - 1 : 0), reason(e)};
    } catch (const json::exception &e) {
        throw file_error{file, 0, reason(e)};
    }
}

} // namespace smelt::config
