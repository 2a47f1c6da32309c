#pragma once

#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace smelt::sim {

/// The body is not multipart/form-data as its head promises.
class multipart_error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

struct part_head {
    std::string name;
    std::string filename;
    std::string content_type;
    bool is_file = false; ///< it has a filename
};

/// Takes a multipart/form-data body in pieces of any size and passes its parts on, holding no more than a piece.
class multipart_reader {
  public:
    using begin_handler = std::function<void(const part_head &)>;
    using data_handler = std::function<void(std::string_view)>;

    multipart_reader(std::string_view content_type, begin_handler on_begin, data_handler on_data);

    void feed(std::string_view piece);
    /// Call at the body's end. Throws multipart_error when the last boundary did not come.
    void finish() const;

  private:
    bool step();
    bool read_data();
    bool read_boundary_end();
    bool read_head();

    enum class state { preamble, boundary, head, data, done };
    std::string delimiter_; ///< CRLF, two dashes, boundary
    begin_handler on_begin_;
    data_handler on_data_;
    std::string buffer_;
    std::size_t used_ = 0;
    state state_ = state::preamble;
};

} // namespace smelt::sim
