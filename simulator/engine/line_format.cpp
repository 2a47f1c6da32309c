#include "line_format.hpp"

#include "simulator/anthropic/lines.hpp"
#include "simulator/gemini/lines.hpp"
#include "simulator/mistral/lines.hpp"
#include "simulator/mix.hpp"
#include "simulator/openai/lines.hpp"
#include "simulator/requests/json_scan.hpp"

#include <charconv>

namespace smelt::sim {

token_counts estimate_tokens(const request_line &request, const made_answer &answer) {
    constexpr std::size_t bytes_per_token = 4;
    const std::size_t input = request.head.size() + request.tail.size();
    const std::size_t output = answer.text.size() + answer.refusal.size() + answer.thinking.size();
    return {static_cast<std::int64_t>(input / bytes_per_token + 1),
            static_cast<std::int64_t>(output / bytes_per_token + 1) * request.choices};
}

std::unique_ptr<line_format> make_line_format(const batch &b) {
    switch (wire_of(b.spoken)) {
    case wire::mistral:
        return std::make_unique<mistral_lines>(b);
    case wire::anthropic:
        return std::make_unique<anthropic_lines>(b);
    case wire::gemini:
        return std::make_unique<gemini_lines>(b);
    case wire::openai:
        break;
    }
    return std::make_unique<openai_lines>(b);
}

line_ids::line_ids(std::string_view owner) : last_{hash_bytes(owner, 0)} {}

const std::string &line_ids::next() {
    text_.clear();
    append_hex(mix(++last_), text_);
    return text_;
}

void append_number(std::int64_t value, std::string &out) {
    char text[24];
    out.append(text, std::to_chars(std::begin(text), std::end(text), value).ptr);
}

void append_string(std::string_view text, std::string &out) {
    out.push_back('"');
    append_escaped(text, out);
    out.push_back('"');
}

void append_string_or_null(std::string_view text, std::string &out) {
    if (text.empty())
        out += "null";
    else
        append_string(text, out);
}

void append_raw_or_null(std::string_view raw, std::string &out) {
    if (raw.data() == nullptr) {
        out += "null";
        return;
    }
    out.push_back('"');
    out += raw;
    out.push_back('"');
}

} // namespace smelt::sim
