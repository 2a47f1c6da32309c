#include "smelt/config/dotenv.hpp"

#include "text_file.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"

#include <algorithm>

namespace smelt::config {
namespace {

bool is_name(std::string_view text) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    return !text.empty() && letter(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

/// One KEY=value line. Messages name the key at most: a value may be a secret.
class line_parser {
  public:
    line_parser(std::string_view text, const std::string &file, int line) : rest_{text}, file_{file}, line_{line} {}

    std::pair<std::string, std::string> parse() {
        constexpr std::string_view prefix = "export ";
        if (rest_.substr(0, prefix.size()) == prefix)
            rest_ = trim(rest_.substr(prefix.size()));
        const auto equals = rest_.find('=');
        if (equals == std::string_view::npos)
            fail("this is not KEY=value");
        const auto key = trim(rest_.substr(0, equals));
        if (!is_name(key))
            fail("what stands before the = is not a variable name");
        rest_ = trim(rest_.substr(equals + 1));
        return {std::string{key}, value()};
    }

  private:
    std::string value() {
        if (rest_.empty() || (rest_.front() != '\'' && rest_.front() != '"'))
            return unquoted();
        const char quote = rest_.front();
        rest_.remove_prefix(1);
        auto text = quote == '"' ? double_quoted() : single_quoted();
        rest_ = trim(rest_);
        if (!rest_.empty() && rest_.front() != '#')
            fail("there is text after the closing quote");
        return text;
    }

    /// A # begins a comment only after a blank, so that URLs with fragments survive.
    std::string unquoted() {
        for (std::size_t at = 0; at < rest_.size(); ++at)
            if (rest_[at] == '#' && (at == 0 || rest_[at - 1] == ' ' || rest_[at - 1] == '\t'))
                return std::string{trim(rest_.substr(0, at))};
        return std::string{rest_};
    }

    std::string single_quoted() {
        const auto end = rest_.find('\'');
        if (end == std::string_view::npos)
            unclosed();
        std::string text{rest_.substr(0, end)};
        rest_.remove_prefix(end + 1);
        return text;
    }

    std::string double_quoted() {
        std::string text;
        for (std::size_t at = 0; at < rest_.size(); ++at) {
            if (rest_[at] == '"') {
                rest_.remove_prefix(at + 1);
                return text;
            }
            if (rest_[at] != '\\' || at + 1 == rest_.size()) {
                text += rest_[at];
                continue;
            }
            const char c = rest_[++at];
            if (c == '"' || c == '\\')
                text += c;
            else if (c == 'n' || c == 't')
                text += c == 'n' ? '\n' : '\t';
            else
                (text += '\\') += c;
        }
        unclosed();
    }

    [[noreturn]] void unclosed() const { fail("a quote is not closed on this line"); }
    [[noreturn]] void fail(const std::string &message) const {
        throw file_error{file_, line_, message, "write KEY=value, KEY='value' or KEY=\"value\", one per line"};
    }

    std::string_view rest_;
    const std::string &file_;
    int line_;
};

} // namespace

std::map<std::string, std::string> parse_dotenv(std::string_view text, const std::string &file) {
    std::map<std::string, std::string> values;
    if (text.substr(0, 3) == "\xEF\xBB\xBF")
        text.remove_prefix(3);
    for (int number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = trim(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.find('\0') != std::string_view::npos)
            throw file_error{file, number, "the line holds a NUL byte"};
        if (line.empty() || line.front() == '#')
            continue;
        auto [key, value] = line_parser{line, file, number}.parse();
        values.insert_or_assign(std::move(key), std::move(value));
    }
    return values;
}

std::map<std::string, std::string> read_dotenv(const std::filesystem::path &file) {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored))
        return {};
    return parse_dotenv(read_text_file(file), file.string());
}

} // namespace smelt::config
