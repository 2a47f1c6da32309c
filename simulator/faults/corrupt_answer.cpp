#include "corrupt_answer.hpp"

namespace smelt::sim {
namespace {

constexpr std::size_t levels = 10'000;
constexpr std::size_t megabyte = 1'000'000;

/// After the opening quote of the answer's text, in either dialect.
void insert_into_text(std::string &out, std::size_t begin, std::string_view what) {
    for (const std::string_view opening : {"\"content\":\"", "\"text\":\""})
        if (const auto at = out.find(opening, begin); at != std::string::npos) {
            out.insert(at + opening.size(), what);
            return;
        }
}

std::string wrap(const std::string &kind, const std::string &text) {
    if (kind == "fence")
        return "```json\n" + text + "\n```";
    if (kind == "bom")
        return "\xef\xbb\xbf" + text;
    if (kind == "stop")
        return text + "<|im_end|>";
    return "<think>\n[simulated] The text may say {\"less\": true}.\n</think>\n\n" + text;
}

} // namespace

bool spend(std::int64_t &left) {
    if (left <= 0)
        return false;
    --left;
    return true;
}

void corrupt_answer(batch_faults &faults, made_answer &answer) {
    if (spend(faults.refuse_lines))
        answer.refusal = "[simulated] I cannot help with that.";
    else if (spend(faults.length_lines))
        cut_short(answer);
    if (spend(faults.nul_lines)) {
        constexpr std::string_view opening = "\":\"";
        if (const auto at = answer.text.find(opening); at != std::string::npos)
            answer.text.insert(at + opening.size(), "\\u0000");
    } else if (spend(faults.deep_lines)) {
        answer.text = std::string(levels, '[') + std::string(levels, ']');
    } else if (spend(faults.huge_lines)) {
        answer.text.append(static_cast<std::size_t>(faults.huge_megabytes) * megabyte, ' ');
    } else if (spend(faults.wrapped_lines)) {
        answer.text = wrap(faults.wrapping, answer.text);
    }
}

void corrupt_bytes(batch_faults &faults, std::string &out, std::size_t begin) {
    if (spend(faults.bad_utf8_lines))
        insert_into_text(out, begin, "\xff\xfe");
    else if (spend(faults.bad_escape_lines))
        insert_into_text(out, begin, "\\x");
    if (faults.extra_fields)
        out.insert(begin + 1, R"("x_unheard_of":{"deep":[1,2,3]},)");
}

void end_with_crlf(std::string &out, std::size_t begin) {
    for (auto at = out.find('\n', begin); at != std::string::npos; at = out.find('\n', at + 2))
        out.insert(at, 1, '\r');
}

void add_foreign_json(batch_faults &faults, std::string &out) {
    constexpr std::string_view lines[] = {"[1,2]\n", "17\n", "\"text\"\n", "null\n", "{}\n"};
    for (std::size_t i = 0; spend(faults.not_object_lines); ++i)
        out += lines[i % std::size(lines)];
}

} // namespace smelt::sim
