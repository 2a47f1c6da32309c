#include "answer.hpp"

#include "unwrap.hpp"

#include "smelt/base/text.hpp"
#include "smelt/json/pointer.hpp"
#include "smelt/json/reader.hpp"
#include "smelt/json/show.hpp"
#include "smelt/json/writer.hpp"

#include <algorithm>
#include <iterator>

namespace smelt::extraction {

using namespace json_text;
using namespace json_schema;
namespace {

/// jsonb holds 255 MB, but a model's answer of this size is a runaway and would only hurt whoever reads the table.
constexpr std::size_t most_bytes = 64 << 20;
constexpr std::size_t most_findings = 10;
constexpr std::size_t most_message = 500;
constexpr std::size_t most_kept = 1 << 20; ///< bytes that a thread keeps for its next answer
constexpr read_rules answer_rules{
    .numbers = number_range::binary, .storable_text = true, .names = unique_names::everywhere};

judgement rejected(cause_kind cause, const char *rule, const std::string &message) {
    judgement result;
    result.cause = cause;
    result.findings.push_back({rule, true, 0.0, std::string{clip_utf8(message, most_message)}});
    result.confidence = 0.0;
    return result;
}

/// "at /items/3: " or "the answer: ".
std::string at(const std::string &pointer) {
    return pointer.empty() ? "the answer: " : "at " + pointer + ": ";
}

std::string not_json(const std::string &text, const read_result &read) {
    const std::string begin = "; it begins with " + in_quotes(clip_utf8(text, 60));
    const std::string only = "; give the JSON alone, with nothing before or after it";
    if (read.error == read_error::trailing)
        return "after the JSON there is more text: " +
               in_quotes(clip_utf8(std::string_view{text}.substr(read.offset), 60)) + only + begin;
    if (text.find("```") != std::string::npos)
        return "there is a code fence with other text around it, or more than one" + only + begin;
    if (text.rfind("<think", 0) == 0)
        return "the answer begins with thoughts that do not end" + only + begin;
    constexpr std::string_view starts = "{[\"-0123456789tfn";
    if (starts.find(text.front()) == std::string_view::npos)
        return "the answer is not JSON" + only + begin;
    const std::string place = pointer_at(text, read.offset);
    const bool cut = read.offset >= text.size();
    return "the answer is not JSON: " +
           (cut ? "it ends too early, " : read.detail + " At byte " + std::to_string(read.offset) + ", ") +
           (place.empty() ? "at the top level" : "at " + place) + begin;
}

/// The pointer of the member that came twice: the reader stood at the end of its object.
std::string twice(const std::string &text, const read_result &read) {
    const std::string last = pointer_at(text, read.offset - 1);
    return last.substr(0, last.rfind('/')) + '/' + pointer_token(read.detail);
}

judgement misread(std::string text, const read_result &read) {
    const auto here = [&] { return at(pointer_at(text, read.offset)); };
    switch (read.error) {
    case read_error::none:
    case read_error::syntax:
    case read_error::trailing:
        return rejected(cause_kind::not_json, "json", not_json(text, read));
    case read_error::too_deep:
        return rejected(cause_kind::schema, "json",
                        "values are nested deeper than " + std::to_string(max_depth) + " levels");
    case read_error::too_many:
        return rejected(cause_kind::schema, "json", "there are more than " + group_digits(max_values) + " values");
    case read_error::duplicate:
        return rejected(cause_kind::schema, "schema",
                        at(twice(text, read)) + "the same name stands twice in one object");
    case read_error::nul:
        return rejected(cause_kind::unstorable, "json", here() + "the character \\u0000 cannot be stored");
    case read_error::surrogate:
        return rejected(cause_kind::unstorable, "json",
                        here() + "half of a surrogate pair (\\uD800 to \\uDFFF) cannot be stored");
    case read_error::unstorable_number:
        return rejected(cause_kind::unstorable, "json",
                        here() + "the number " + read.detail + " is beyond what can be stored");
    case read_error::huge_integer:
    case read_error::huge_number:
        break;
    }
    const char *limit =
        read.error == read_error::huge_integer ? " does not fit into 64 bits" : " does not fit into a double";
    auto result = rejected(cause_kind::schema, "schema", here() + "the number " + read.detail + limit);
    result.output = std::move(text);
    return result;
}

/// What keeps any text from being stored. Empty when nothing does.
std::string unstorable(std::string_view text) {
    if (text.size() > most_bytes)
        return "the answer has " + group_digits(static_cast<std::int64_t>(text.size())) + " bytes; at most " +
               group_digits(most_bytes) + " are stored";
    if (const auto bad = invalid_utf8_at(text); bad != std::string_view::npos)
        return "the answer is not valid UTF-8 at byte " + std::to_string(bad);
    if (const auto nul = text.find('\0'); nul != std::string_view::npos)
        return "the answer has a NUL character at byte " + std::to_string(nul) + ", which cannot be stored";
    return {};
}

} // namespace

namespace {

std::string listed(const std::vector<std::string> &removed) {
    std::string all;
    for (const auto &one : removed)
        all += (all.empty() ? "" : ", ") + one;
    return all;
}

/// The text of an answer that is not JSON as it stands, without what was put around it, and the tree of that.
struct reading {
    std::string text;
    read_result read;
    std::string wrapping; ///< what was taken off; empty: nothing
};

reading read_answer(std::string_view answer, json_tree &tree) {
    reading found{std::string{trim_json(answer)}, {}, {}};
    found.read = read_json(found.text, tree, answer_rules);
    if (found.read.error != read_error::syntax && found.read.error != read_error::trailing)
        return found;
    auto inner = unwrap(answer);
    if (inner.removed.empty())
        return found;
    return {std::string{inner.text}, read_json(inner.text, tree, answer_rules), listed(inner.removed)};
}

/// A JSON string that holds the whole document, where the schema wants no string.
void read_inside(reading &found, json_tree &tree, const json_schema::evaluator &schema) {
    if (!tree.root().is(node_kind::string) || schema.accepts(tree.root()))
        return;
    const std::string inner{tree.root().text}; // the trees take one another's place below
    json_tree other;
    auto within = read_answer(inner, other);
    if (within.text.empty() || within.read.error != read_error::none || !schema.accepts(other.root()))
        return;
    found.read = read_json(within.text, tree, answer_rules);
    found.text = std::move(within.text);
    found.wrapping += (found.wrapping.empty() ? "" : ", ") + std::string{"a JSON string around it"};
    if (!within.wrapping.empty())
        found.wrapping += ", " + within.wrapping;
}

/// Each repair sees what those before it have made.
void repair_answer(reading &found, json_tree &tree, const std::vector<compiled_repair> &repairs,
                   std::vector<finding> &findings) {
    for (const auto &repair : repairs) {
        auto text = repaired(tree.root(), repair, findings);
        if (!text)
            continue;
        found.text = std::move(*text);
        found.read = read_json(found.text, tree, answer_rules);
        if (found.read.error != read_error::none)
            return;
    }
}

judgement without_text(const reading &found) {
    if (found.wrapping.empty())
        return rejected(cause_kind::empty, "json", "the answer is empty");
    return rejected(cause_kind::empty, "json", "the answer is empty but for " + found.wrapping + "; give the JSON");
}

} // namespace

judgement judge_json(std::string_view answer, const std::vector<compiled_repair> &repairs,
                     const json_schema::evaluator &schema, const value_path *path) {
    if (const auto problem = unstorable(answer); !problem.empty())
        return rejected(cause_kind::unstorable, "json", problem);
    // Kept per thread: an answer's nodes then cost no allocation. A runaway's memory is given back.
    thread_local json_tree tree;
    auto found = read_answer(answer, tree);
    if (found.text.empty())
        return without_text(found);
    if (found.read.error == read_error::none)
        read_inside(found, tree, schema);
    std::vector<finding> made;
    if (found.read.error == read_error::none)
        repair_answer(found, tree, repairs, made);
    if (found.read.error != read_error::none) {
        tree.shrink(most_kept);
        auto rejection = misread(std::move(found.text), found.read);
        if (!found.wrapping.empty())
            rejection.findings.front().message += "; this is what is left without " + found.wrapping;
        return rejection;
    }
    judgement result;
    for (const violation &v : schema.violations(tree.root(), most_findings))
        result.findings.push_back(
            {"schema", true, 0.0, std::string{clip_utf8(at(v.pointer) + v.expected, most_message)}});
    if (!result.findings.empty())
        result.cause = cause_kind::schema;
    else if (path != nullptr)
        read_confidence(*path, tree.root(), result);
    if (!found.wrapping.empty())
        result.findings.push_back({"json", false, 0.0, "the JSON was read out of its wrapping: " + found.wrapping});
    std::ranges::move(made, std::back_inserter(result.findings));
    tree.shrink(most_kept);
    result.output = std::move(found.text);
    return result;
}

judgement judge_text(std::string_view answer) {
    if (const auto problem = unstorable(answer); !problem.empty())
        return rejected(cause_kind::unstorable, "text", problem);
    if (trim_json(answer).empty())
        return rejected(cause_kind::empty, "text", "the answer is empty");
    judgement result;
    append_json_string(result.output, answer);
    return result;
}

} // namespace smelt::extraction
