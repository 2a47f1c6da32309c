#pragma once

#include "answer_schema.hpp"

namespace smelt::sim {

/// Writes one answer. Everything comes from the random stream and the user's words, so the same body gives the same
/// answer.
class answer_writer {
  public:
    answer_writer(const answer_schema &schema, std::string_view user, std::uint64_t seed, std::string &out)
        : nodes_{schema.nodes_}, user_{user}, random_{seed}, out_{out} {}

    void write(std::size_t index, int depth);
    void write_root_with_wrong_member();

  private:
    using node = answer_schema::node;
    using kind = answer_schema::kind;

    void object(const node &n, int depth);
    void array(const node &n, int depth);
    void any_of(const node &n, int depth);
    void integer(const node &n);
    void number(const node &n);
    void string(const node &n);
    [[nodiscard]] static bool plain(const node &n);

    const std::vector<node> &nodes_;
    std::string_view user_;
    random_stream random_;
    std::string &out_;
};

} // namespace smelt::sim
