#pragma once

#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace smelt::sim {

/// The text is not an object as the splitter expects it.
class split_error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Takes a JSON object in pieces of any size, and hands out the items of one of its arrays one by one, so that a body
/// of hundreds of megabytes needs the memory of one item. White space within an item is left out, so that it makes one
/// line; otherwise it comes as it was, and unchecked: items that are objects only need balanced brackets to get here.
class item_splitter {
  public:
    using item_handler = std::function<void(std::string_view)>;

    item_splitter(std::string_view array_member, item_handler on_item);

    /// Throws split_error, and what the handler throws.
    void feed(std::string_view piece);
    /// Call at the text's end. Throws split_error when the object did not end before.
    void finish() const;

    /// Whether the array was there, as an array.
    [[nodiscard]] bool has_array() const { return has_array_; }
    /// The object's other members, as a JSON object.
    [[nodiscard]] std::string rest() const { return "{" + rest_ + "}"; }

  private:
    enum class state { begin, member, key, colon, value, item, in_value, after_item, after_member, done };

    void take(char c);
    void take_outside(char c);
    bool take_inside(char c);
    void begin_value(char c);
    void begin_item(char c);
    void end_value();

    std::string array_member_;
    item_handler on_item_;
    state state_ = state::begin;
    bool first_ = true;      ///< of the object's members, or of the array's items
    bool in_array_ = false;  ///< the value in hand is an item
    bool in_string_ = false; ///< within the value in hand
    bool escaped_ = false;
    int depth_ = 0; ///< of the value in hand
    bool has_array_ = false;
    std::string key_;
    std::string value_;
    std::string rest_;
};

} // namespace smelt::sim
