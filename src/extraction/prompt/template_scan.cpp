#include "template_scan.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"

#include <algorithm>

namespace smelt::extraction {
namespace {

class template_scanner {
  public:
    template_scanner(std::string_view source, const std::string &where) : source_{source}, where_{where} {}

    std::vector<template_part> run() {
        while (at_ < source_.size()) {
            const auto open = source_.find("{{", at_);
            text(source_.substr(at_, open - at_));
            if (open == std::string_view::npos)
                break;
            at_ = open;
            tag();
        }
        if (!sections_.empty())
            fail(sections_.back().line, "the section {{#" + sections_.back().text + "}} is not closed",
                 "close it with {{/" + sections_.back().text + "}}");
        return std::move(parts_);
    }

  private:
    [[noreturn]] void fail(int line, const std::string &message, std::string hint = {}) const {
        throw usage_error{where_ + ", line " + std::to_string(line) + ": " + message, std::move(hint)};
    }

    void text(std::string_view piece) {
        if (!piece.empty())
            parts_.push_back({template_part::kind::text, std::string{piece}, line_});
        line_ += static_cast<int>(std::count(piece.begin(), piece.end(), '\n'));
    }

    void tag() {
        const bool triple = source_.substr(at_, 3) == "{{{";
        const std::string_view closing = triple ? "}}}" : "}}";
        const auto first = at_ + closing.size();
        const auto end = source_.find(closing, first);
        if (end == std::string_view::npos)
            fail(line_, "the tag " + std::string{clip_utf8(source_.substr(at_), 20)} + " is not closed",
                 "close it with " + std::string{closing});
        const auto content = source_.substr(first, end - first);
        triple ? value(trim(content)) : sigil(trim(content));
        line_ += static_cast<int>(std::count(content.begin(), content.end(), '\n'));
        at_ = end + closing.size();
    }

    void sigil(std::string_view content) {
        const char mark = content.empty() ? '\0' : content.front();
        const auto rest = trim(content.substr(content.empty() ? 0 : 1));
        switch (mark) {
        case '!':
            return;
        case '#':
            return open(template_part::kind::section, rest);
        case '^':
            return open(template_part::kind::inverted, rest);
        case '/':
            return close(rest);
        case '&':
            return value(rest);
        case '>':
            fail(line_, "partials ({{> ...}}) are not supported", "put the text into the template itself");
        case '=':
            fail(line_, "other delimiters ({{= ... =}}) are not supported");
        default:
            return value(content);
        }
    }

    std::string name(std::string_view content) const {
        if (content.empty())
            fail(line_, "a tag names no field");
        const bool odd = content.find_first_of("{}\r\n\t") != std::string_view::npos;
        const bool bad_dots = content != "." && (content.front() == '.' || content.back() == '.' ||
                                                 content.find("..") != std::string_view::npos);
        if (odd || bad_dots)
            fail(line_, "this is not a field's name: " + std::string{clip_utf8(content, 60)},
                 "a tag is {{field}} or {{field.inner}}");
        return std::string{content};
    }

    void value(std::string_view content) {
        auto field = name(content);
        if (field == "." && sections_.empty())
            fail(line_, "{{.}} stands for an item, so it belongs inside a section");
        parts_.push_back({template_part::kind::value, std::move(field), line_});
    }

    void open(template_part::kind type, std::string_view content) {
        parts_.push_back({type, name(content), line_});
        sections_.push_back(parts_.back());
    }

    void close(std::string_view content) {
        const auto field = name(content);
        if (sections_.empty())
            fail(line_, "{{/" + field + "}} closes a section that was not opened");
        if (sections_.back().text != field)
            fail(line_, "{{/" + field + "}} stands where {{/" + sections_.back().text + "}} (opened in line " +
                            std::to_string(sections_.back().line) + ") has to be");
        sections_.pop_back();
        parts_.push_back({template_part::kind::end, field, line_});
    }

    std::string_view source_;
    const std::string &where_;
    std::size_t at_ = 0;
    int line_ = 1;
    std::vector<template_part> parts_;
    std::vector<template_part> sections_;
};

} // namespace

std::vector<template_part> scan_template(std::string_view source, const std::string &where) {
    return template_scanner{source, where}.run();
}

} // namespace smelt::extraction
