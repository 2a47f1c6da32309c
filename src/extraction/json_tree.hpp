#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// JSON text as a flat array of nodes in document order. Unlike a DOM of doubles it keeps every number as it was
/// written, so that an answer is checked against exactly what it says.
namespace smelt::extraction {

enum class node_kind : std::uint8_t { null, boolean, number, string, array, object };

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
    /// The member called so, or nullptr. For objects only.
    [[nodiscard]] const node *find(std::string_view member) const;
};

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

enum class read_error {
    none,
    syntax,
    trailing,
    too_deep,
    too_many,
    duplicate,
    nul,
    surrogate,
    huge_integer,
    huge_number,
    unstorable_number
};

struct read_result {
    read_error error = read_error::none;
    std::size_t offset = 0; ///< of the place in the text
    std::string detail;     ///< parser's words, the name or the digits
};

/// Nested values beyond this are refused: nobody asks a model for them, and every walk below may be recursive.
inline constexpr std::size_t max_depth = 256;
/// More values than this are a runaway; their nodes would take more than 100 MB.
inline constexpr std::size_t max_values = 1'500'000;

/// Reads text into tree. `strict` adds what an answer must satisfy beyond syntax: no name twice in an object, no \u0000
/// and no lone surrogate (jsonb holds neither), integers within 64 bits, other numbers within double and PostgreSQL's
/// numeric. The text must be valid UTF-8; it is copied.
read_result read_json(std::string_view text, json_tree &tree, bool strict);

/// What is wrong with a JSON number of an answer: an integer beyond 64 bits, beyond double, beyond PostgreSQL's
/// numeric.
read_error number_problem(std::string_view number);

/// JSON pointer of the value that begins at or covers the offset; works on text that is only correct up to there.
std::string pointer_at(std::string_view text, std::size_t offset);

/// "~" and "/" escaped as RFC 6901 wants it.
std::string pointer_token(std::string_view name);

/// Appends the value as compact JSON; numbers as written.
void append_json(std::string &out, const node &value);
void append_json_string(std::string &out, std::string_view text);

} // namespace smelt::extraction
