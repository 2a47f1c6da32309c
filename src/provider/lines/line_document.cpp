#include "line_document.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

namespace smelt::provider {

namespace {

/// A 1.5 KB line makes a few KB of values; larger lines take chunks from the heap and give them back.
constexpr std::size_t value_bytes = 64 * 1024;
constexpr std::size_t stack_bytes = 16 * 1024;
constexpr std::size_t text_kept = 1 << 20;

/// NaN and Infinity are no JSON, but Python writes them where a number should be, beside answers that are paid for.
constexpr unsigned flags =
    rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag | rapidjson::kParseNanAndInfFlag;

/// How many numbers beyond the range of doubles (1e400) a line may hold. They are no reason to lose it, and become one
/// that no count can be.
constexpr int most_oversized = 64;

void without_number_at(std::size_t at, std::string &text) {
    const auto end = text.find_first_not_of("0123456789+-.eE", at);
    text.replace(at, std::min(end, text.size()) - at, "-1");
}

using document = rapidjson::GenericDocument<rapidjson::UTF8<>, json_pool, json_pool>;

} // namespace

struct line_document::memory {
    alignas(16) char value_space[value_bytes];
    alignas(16) char stack_space[stack_bytes];
    json_pool values{value_space, sizeof value_space};
    json_pool stack{stack_space, sizeof stack_space};
    std::string text;
    std::optional<document> parsed;
};

line_document::line_document() : memory_{new memory} {}
line_document::~line_document() {
    delete memory_;
}

const json_value *line_document::parse(std::string_view line) {
    auto &m = *memory_;
    m.parsed.reset();
    m.values.Clear();
    m.stack.Clear();
    lone_surrogate_ = false;
    // The parser takes a zero byte for the end of its input.
    if (line.empty() || std::memchr(line.data(), 0, line.size()) != nullptr)
        return nullptr;
    if (m.text.capacity() > text_kept && line.size() <= text_kept)
        std::string{}.swap(m.text);
    m.text.assign(line);
    std::string changed;
    for (int tries = 0;; ++tries) {
        m.parsed.emplace(&m.values, stack_bytes / 4, &m.stack);
        m.parsed->ParseInsitu<flags>(m.text.data());
        if (!m.parsed->HasParseError())
            return &*m.parsed;
        if (m.parsed->GetParseError() != rapidjson::kParseErrorNumberTooBig || tries == most_oversized)
            break;
        if (tries == 0)
            changed = line;
        without_number_at(m.parsed->GetErrorOffset(), changed);
        m.text = changed;
    }
    lone_surrogate_ = m.parsed->GetParseError() == rapidjson::kParseErrorStringUnicodeSurrogateInvalid;
    return nullptr;
}

const json_value *member(const json_value &object, std::string_view name) {
    if (!object.IsObject())
        return nullptr;
    const json_value key{rapidjson::StringRef(name.data(), static_cast<rapidjson::SizeType>(name.size()))};
    const auto found = object.FindMember(key);
    return found == object.MemberEnd() || found->value.IsNull() ? nullptr : &found->value;
}

std::string_view text_member(const json_value &object, std::string_view name) {
    const auto *value = member(object, name);
    return value != nullptr && value->IsString() ? std::string_view{value->GetString(), value->GetStringLength()}
                                                 : std::string_view{};
}

} // namespace smelt::provider
