#include "confidence.hpp"

#include "smelt/base/error.hpp"
#include "smelt/json/show.hpp"

#include <algorithm>
#include <charconv>

namespace smelt::extraction {

using namespace json_text;
namespace {

[[noreturn]] void refuse(std::string_view text, const std::string &setting) {
    throw usage_error{setting + ": " + in_quotes(text) + " is not a path into the output",
                      "write it like $.confidence or $.checks[0].sure"};
}

void doubtful(judgement &result, const value_path &path, const std::string &what) {
    result.findings.push_back({"confidence", false, 0.0, path.text() + " " + what});
}

} // namespace

value_path::value_path(std::string_view text, const std::string &setting) : text_{text} {
    auto steps = parse_path(text);
    if (!steps || steps->empty() || std::ranges::any_of(*steps, &path_step::is_each))
        refuse(text, setting);
    steps_ = std::move(*steps);
}

const node *value_path::find(const node &root) const {
    const node *at = &root;
    for (const auto &s : steps_) {
        if (!at->is(s.name.empty() ? node_kind::array : node_kind::object))
            return nullptr;
        if (!s.name.empty()) {
            at = at->find(s.name);
        } else if (*s.index >= at->count) {
            return nullptr;
        } else {
            const node *item = at->first();
            for (std::size_t i = 0; i < *s.index; ++i)
                item = item->next();
            at = item;
        }
        if (at == nullptr)
            return nullptr;
    }
    return at;
}

void read_confidence(const value_path &path, const node &output, judgement &result) {
    const node *value = path.find(output);
    result.confidence = 0.0;
    if (value == nullptr)
        return doubtful(result, path, "is missing, so the confidence counts as 0");
    if (!value->is(node_kind::number))
        return doubtful(result, path, "is " + shown(*value) + ", not a number, so the confidence counts as 0");
    std::from_chars(value->text.data(), value->text.data() + value->text.size(), result.confidence);
    if (result.confidence < 0.0 || result.confidence > 1.0)
        doubtful(result, path, "is " + shown(*value) + ", outside 0..1; it is taken as the nearer end");
    result.confidence = std::clamp(result.confidence, 0.0, 1.0);
}

} // namespace smelt::extraction
