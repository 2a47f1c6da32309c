#include "smelt/json/pointer.hpp"

#include <algorithm>
#include <vector>

namespace smelt::json_text {
namespace {

/// Follows the text up to a byte and remembers where in the document that is.
class pointer_tracker {
  public:
    explicit pointer_tracker(std::string_view text) : text_{text} {}

    std::string at(std::size_t offset) {
        while (position_ < text_.size() && position_ < offset)
            step();
        std::string pointer;
        for (const level &l : levels_) {
            if (l.object && !l.named)
                break;
            pointer += '/' + (l.object ? pointer_token(l.name) : std::to_string(l.index));
        }
        return pointer;
    }

  private:
    struct level {
        bool object = false;
        bool named = false;
        std::size_t index = 0;
        std::string name;
    };

    void step() {
        const char c = text_[position_];
        if (c == '"')
            return string();
        ++position_;
        if (c == '{' || c == '[')
            levels_.push_back({c == '{', false, 0, {}});
        else if (levels_.empty())
            return;
        else if (c == '}' || c == ']')
            levels_.pop_back();
        else if (c == ',') {
            ++levels_.back().index;
            levels_.back().named = false;
        }
    }

    void string() {
        const auto first = ++position_;
        while (position_ < text_.size() && text_[position_] != '"')
            position_ += text_[position_] == '\\' ? 2 : 1;
        if (!levels_.empty() && levels_.back().object && !levels_.back().named) {
            levels_.back().named = true;
            levels_.back().name = text_.substr(first, std::min(position_, text_.size()) - first);
        }
        ++position_;
    }

    std::string_view text_;
    std::size_t position_ = 0;
    std::vector<level> levels_;
};

} // namespace

std::string pointer_at(std::string_view text, std::size_t offset) {
    return pointer_tracker{text}.at(offset);
}

std::string pointer_token(std::string_view name) {
    std::string token;
    for (const char c : name) {
        if (c == '~')
            token += "~0";
        else if (c == '/')
            token += "~1";
        else
            token += c;
    }
    return token;
}

} // namespace smelt::json_text
