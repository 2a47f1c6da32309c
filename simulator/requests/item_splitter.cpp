#include "item_splitter.hpp"

#include "json_scan.hpp"

namespace smelt::sim {
namespace {

// Members beside the array are small in every vendor's create.
constexpr std::size_t rest_limit = 1024 * 1024;

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void expect(bool good, const char *what) {
    if (!good)
        throw split_error{std::string{"the request body is not valid JSON: expected "} + what};
}

} // namespace

item_splitter::item_splitter(std::string_view array_member, item_handler on_item)
    : array_member_{array_member}, on_item_{std::move(on_item)} {}

void item_splitter::feed(std::string_view piece) {
    std::size_t at = 0;
    while (at < piece.size()) {
        // Nearly every byte is inside a string of an item: those go over in runs.
        if (state_ == state::in_value && in_string_ && !escaped_) {
            const auto end = std::min(piece.find_first_of("\"\\", at), piece.size());
            value_.append(piece.substr(at, end - at));
            at = end;
            if (at == piece.size())
                break;
        }
        take(piece[at++]);
    }
    if (value_.size() + rest_.size() > rest_limit && !in_array_)
        throw split_error{"a member of the request body is too long"};
}

void item_splitter::finish() const {
    expect(state_ == state::done, "the object to end");
}

void item_splitter::take(char c) {
    if (state_ == state::in_value) {
        if (!take_inside(c))
            take_outside(c);
    } else if (state_ == state::key) {
        if (c == '"' && !escaped_)
            state_ = state::colon;
        else
            key_.push_back(c);
        escaped_ = c == '\\' && !escaped_;
    } else if (!is_space(c)) {
        take_outside(c);
    }
}

/// False: the value in hand, a number or a word, ended before c.
bool item_splitter::take_inside(char c) {
    if (in_string_) {
        value_.push_back(c);
        if (c == '"' && !escaped_)
            in_string_ = false;
        escaped_ = c == '\\' && !escaped_;
        if (!in_string_ && depth_ == 0)
            end_value();
        return true;
    }
    const bool closes = c == '}' || c == ']';
    if (depth_ == 0 && (closes || c == ',' || is_space(c))) {
        end_value();
        return is_space(c);
    }
    if (is_space(c))
        return true;
    value_.push_back(c);
    in_string_ = c == '"';
    depth_ += c == '{' || c == '[' ? 1 : 0;
    depth_ -= closes ? 1 : 0;
    if (closes && depth_ == 0)
        end_value();
    return true;
}

void item_splitter::take_outside(char c) {
    switch (state_) {
    case state::begin:
        expect(c == '{', "an object");
        state_ = state::member;
        break;
    case state::member:
        if (c == '}' && first_) {
            state_ = state::done;
            break;
        }
        expect(c == '"', "a member's name");
        key_.clear();
        state_ = state::key;
        break;
    case state::colon:
        expect(c == ':', "a colon");
        state_ = state::value;
        break;
    case state::value:
        begin_value(c);
        break;
    case state::item:
        begin_item(c);
        break;
    case state::after_item:
        expect(c == ',' || c == ']', "a comma or the array's end");
        in_array_ = c == ',';
        state_ = c == ',' ? state::item : state::after_member;
        first_ = false;
        break;
    case state::after_member:
        expect(c == ',' || c == '}', "a comma or the object's end");
        state_ = c == ',' ? state::member : state::done;
        first_ = false;
        break;
    default:
        expect(false, "nothing after the object");
    }
}

void item_splitter::begin_value(char c) {
    if (key_ == array_member_ && c == '[') {
        expect(!has_array_, "the array once");
        has_array_ = true;
        in_array_ = true;
        first_ = true;
        state_ = state::item;
        return;
    }
    in_array_ = false;
    begin_item(c);
}

void item_splitter::begin_item(char c) {
    if (in_array_ && first_ && c == ']') {
        in_array_ = false;
        state_ = state::after_member;
        return;
    }
    expect(c != ',' && c != ']' && c != '}' && c != ':', "a value");
    value_.assign(1, c);
    in_string_ = c == '"';
    escaped_ = false;
    depth_ = c == '{' || c == '[' ? 1 : 0;
    state_ = state::in_value;
}

void item_splitter::end_value() {
    if (in_array_) {
        on_item_(value_);
        state_ = state::after_item;
    } else {
        // The rest is parsed as a whole by its reader, so a bad value is found there.
        rest_ += (rest_.empty() ? "\"" : ",\"") + key_ + "\":" + value_;
        state_ = state::after_member;
    }
    value_.clear();
}

} // namespace smelt::sim
