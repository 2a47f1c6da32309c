#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// JSON text as a flat array of nodes in document order. Unlike a DOM of doubles it keeps every number as it was
/// written, so that an answer is checked against exactly what it says.
namespace smelt::json_text {

enum class node_kind : std::uint8_t { null, boolean, number, string, array, object };

class node_range;

struct node {
    node_kind kind = node_kind::null;
    bool truth = false;      ///< booleans
    std::uint32_t count = 0; ///< members or elements
    std::uint32_t span = 1;  ///< nodes of this value, itself included: the next sibling is `this + span`
    std::string_view name;   ///< of a member of an object
    std::string_view text;   ///< decoded string, or a number as written

    [[nodiscard]] const node *first() const { return this + 1; }
    [[nodiscard]] const node *end() const { return this + span; }
    [[nodiscard]] const node *next() const { return this + span; }
    [[nodiscard]] bool is(node_kind k) const { return kind == k; }
    [[nodiscard]] bool is_true() const { return is(node_kind::boolean) && truth; }
    /// Whether it is an array with at least one element.
    [[nodiscard]] bool has_elements() const { return is(node_kind::array) && count > 0; }
    /// Members or elements in order; none for other values.
    [[nodiscard]] node_range children() const;
    /// The member called so, or nullptr. For objects only.
    [[nodiscard]] const node *find(std::string_view member) const;
};

/// The children of an array or an object, for a range-based loop.
class node_range {
  public:
    class iterator {
      public:
        using value_type = node;
        using difference_type = std::ptrdiff_t;
        iterator() = default;
        explicit iterator(const node *at) : at_{at} {}
        const node &operator*() const { return *at_; }
        iterator &operator++() {
            at_ = at_->next();
            return *this;
        }
        iterator operator++(int) {
            const auto before = *this;
            ++*this;
            return before;
        }
        bool operator==(const iterator &) const = default;

      private:
        const node *at_ = nullptr;
    };

    explicit node_range(const node &parent) : first_{parent.first()}, end_{parent.end()} {}
    [[nodiscard]] iterator begin() const { return iterator{first_}; }
    [[nodiscard]] iterator end() const { return iterator{end_}; }

  private:
    const node *first_;
    const node *end_;
};

inline node_range node::children() const {
    return node_range{*this};
}

/// Owns the nodes and the bytes of their strings.
class json_tree {
  public:
    json_tree() = default;
    json_tree(const json_tree &) = delete;
    json_tree &operator=(const json_tree &) = delete;
    [[nodiscard]] const node &root() const { return nodes_.front(); }
    /// Gives memory back when a large text took more than this many bytes.
    void shrink(std::size_t most_bytes);

  private:
    friend class tree_builder;
    std::vector<node> nodes_;
    std::vector<char> bytes_; ///< a copy of the text in which strings were decoded in place; nodes point into it
};

/// Nested values beyond this are refused where no other limit is given: nobody asks a model for them, and every walk of
/// the tree may be recursive.
inline constexpr std::size_t max_depth = 256;
/// More values than this are a runaway where no other limit is given; their nodes would take 72 MB.
inline constexpr std::size_t max_values = 1'500'000;

} // namespace smelt::json_text
