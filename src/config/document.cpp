#include "document.hpp"

#include "smelt/base/error.hpp"

#include <algorithm>
#include <vector>

namespace smelt::config {
namespace {

void replace_all(std::string &text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

std::vector<std::string> steps_of(std::string_view pointer) {
    std::vector<std::string> steps;
    while (!pointer.empty()) {
        pointer.remove_prefix(1);
        const auto end = std::min(pointer.find('/'), pointer.size());
        std::string step{pointer.substr(0, end)};
        replace_all(step, "~1", "/");
        replace_all(step, "~0", "~");
        steps.push_back(std::move(step));
        pointer.remove_prefix(end);
    }
    return steps;
}

} // namespace

int document::line(std::string pointer) const {
    for (;;) {
        if (const auto found = lines.find(pointer); found != lines.end())
            return found->second;
        if (pointer.empty())
            return 1;
        pointer.erase(pointer.rfind('/'));
    }
}

void document::fail(const std::string &pointer, const std::string &message, const std::string &hint) const {
    const auto place = dotted(pointer);
    throw file_error{file, line(pointer), place.empty() ? message : place + ": " + message, hint};
}

std::string join(std::string_view pointer, std::string_view step) {
    std::string escaped{step};
    replace_all(escaped, "~", "~0");
    replace_all(escaped, "/", "~1");
    return std::string{pointer} + "/" + escaped;
}

std::string dotted(std::string_view pointer) {
    std::string text;
    for (const auto &step : steps_of(pointer)) {
        const bool number =
            !step.empty() && std::all_of(step.begin(), step.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (number)
            text += "[" + step + "]";
        else
            text += (text.empty() ? "" : ".") + step;
    }
    return text;
}

bool keeps_references(std::string_view pointer) {
    const auto below = [&](std::string_view parent) {
        return pointer.substr(0, parent.size()) == parent &&
               (pointer.size() == parent.size() || pointer[parent.size()] == '/');
    };
    const bool names_provider = pointer.ends_with("/provider") && pointer.find("/params/") == std::string_view::npos;
    return (below("/tasks") && !names_provider) || below("/prefilter") || below("/source/sql") ||
           below("/source/again") || below("/dedupe");
}

} // namespace smelt::config
