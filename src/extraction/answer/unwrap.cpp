#include "unwrap.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace smelt::extraction {
namespace {

struct tags {
    std::string_view open, close;
};

/// Thoughts before the answer. Some chat templates give the model the opening tag, so that only the closing one is
/// seen.
constexpr std::array<tags, 7> thoughts{{{"<think>", "</think>"},
                                        {"<thinking>", "</thinking>"},
                                        {"<thought>", "</thought>"},
                                        {"<reasoning>", "</reasoning>"},
                                        {"[THINK]", "[/THINK]"},
                                        {"\u25c1think\u25b7", "\u25c1/think\u25b7"},
                                        {"<|channel|>analysis<|message|>", "<|end|>"}}};

/// Around the whole answer.
constexpr std::array<tags, 5> around{{{"<answer>", "</answer>"},
                                      {"<json>", "</json>"},
                                      {"<output>", "</output>"},
                                      {"<response>", "</response>"},
                                      {"<result>", "</result>"}}};

constexpr std::array<std::string_view, 6> leading_tokens{"<s>",
                                                         "<|im_start|>assistant",
                                                         "<|start|>assistant",
                                                         "<|start_header_id|>assistant<|end_header_id|>",
                                                         "<|channel|>final<|message|>",
                                                         "<|assistant|>"};

constexpr std::array<std::string_view, 6> trailing_tokens{
    "</s>", "<eos>", "<end_of_turn>", "<\uff5cend\u2581of\u2581sentence\uff5c>", "[/INST]", "<turn|>"};

/// Blanks and marks that JSON does not allow.
constexpr std::array<std::string_view, 10> invisible{"\u00a0", "\ufeff", "\u200b", "\u200c", "\u200d",
                                                     "\u2060", "\u2028", "\u2029", "\u202f", "\u3000"};

class peeler {
  public:
    explicit peeler(std::string_view answer) : text_{trim_json(answer)} {}

    unwrapped run() {
        while (!text_.empty() && (blanks() || thought() || leading() || trailing() || fence() || tag()))
            text_ = trim_json(text_);
        return {text_, std::move(removed_)};
    }

  private:
    bool took(std::string what) {
        if (std::find(removed_.begin(), removed_.end(), what) == removed_.end())
            removed_.push_back(std::move(what));
        return true;
    }

    bool blanks() {
        for (const auto mark : invisible) {
            const bool before = text_.starts_with(mark);
            if (!before && !text_.ends_with(mark))
                continue;
            before ? text_.remove_prefix(mark.size()) : text_.remove_suffix(mark.size());
            return took(mark == "\ufeff" ? "a byte order mark" : "white space that JSON does not know");
        }
        return false;
    }

    bool thought() {
        for (const auto &[open, close] : thoughts) {
            const auto end = text_.find(close);
            const bool opened = text_.starts_with(open);
            if (end == std::string_view::npos || (!opened && close.front() == '<' && close[1] == '|'))
                continue;
            // Without its opening tag it is one only when no JSON has begun before it.
            if (!opened && (text_.front() == '{' || text_.front() == '[' || text_.front() == '"'))
                continue;
            if (!opened && text_.substr(0, end).find(open) != std::string_view::npos)
                continue;
            text_.remove_prefix(end + close.size());
            return took("a block of thoughts (" + std::string{close} + ")");
        }
        return false;
    }

    bool leading() {
        for (const auto token : leading_tokens)
            if (text_.starts_with(token)) {
                text_.remove_prefix(token.size());
                return took("the token " + std::string{token});
            }
        return false;
    }

    bool trailing() {
        for (const auto token : trailing_tokens)
            if (text_.ends_with(token))
                return drop_end(token.size());
        if (!text_.ends_with("|>"))
            return false;
        const auto begin = text_.rfind("<|");
        if (begin == std::string_view::npos)
            return false;
        const auto name = text_.substr(begin + 2, text_.size() - begin - 4);
        if (name.empty() || name.size() > 30 || !std::all_of(name.begin(), name.end(), [](char c) {
                return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
            }))
            return false;
        return drop_end(text_.size() - begin);
    }

    bool drop_end(std::size_t size) {
        const std::string token{text_.substr(text_.size() - size)};
        text_.remove_suffix(size);
        return took("the token " + token);
    }

    /// ```json ... ``` around all of it.
    bool fence() {
        if (!text_.starts_with("```") && !text_.starts_with("~~~"))
            return false;
        const auto size = text_.find_first_not_of(text_.front());
        if (size == std::string_view::npos)
            return false;
        const auto line_end = text_.find('\n');
        const auto mark = text_.substr(0, size);
        if (line_end == std::string_view::npos || text_.size() < line_end + size || !text_.ends_with(mark))
            return false;
        const auto word = trim_json(text_.substr(size, line_end - size));
        if (word.find_first_of("{}[]\"`") != std::string_view::npos)
            return false;
        const auto inner = text_.substr(line_end + 1, text_.size() - size - line_end - 1);
        // A second fence in it would make two texts of it.
        if (inner.find(mark) != std::string_view::npos)
            return false;
        text_ = inner;
        return took("a code fence");
    }

    bool tag() {
        for (const auto &[open, close] : around)
            if (text_.starts_with(open) && text_.ends_with(close) && text_.size() >= open.size() + close.size()) {
                text_.remove_prefix(open.size());
                text_.remove_suffix(close.size());
                return took("the tag " + std::string{open});
            }
        return false;
    }

    std::string_view text_;
    std::vector<std::string> removed_;
};

} // namespace

unwrapped unwrap(std::string_view answer) {
    return peeler{answer}.run();
}

std::string_view trim_json(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

} // namespace smelt::extraction
