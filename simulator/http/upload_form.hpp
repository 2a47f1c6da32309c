#pragma once

#include "multipart.hpp"
#include "simulator/disk.hpp"

#include "smelt/http/server.hpp"

#include <map>
#include <string>

namespace smelt::sim {

/// The form of an upload: small fields in memory, the file on its way to the disk.
class upload_form {
  public:
    explicit upload_form(const std::filesystem::path &content) : content_{open_file(content, "wb")} {}

    /// Reads the request's body to its end and closes the file. Throws multipart_error for a body of another form,
    /// api_error 413 above limit bytes.
    boost::asio::awaitable<void> receive(http::server_request &request, std::int64_t limit);

    std::map<std::string, std::string> fields;
    std::string filename;
    std::string content_type;
    bool has_file = false;
    std::int64_t bytes = 0;

  private:
    void begin(const part_head &head);
    void data(std::string_view piece);

    file_handle content_;
    part_head current_;
};

/// A file on its way: below a name of its own until it is whole, gone when it is not taken.
class part_file {
  public:
    explicit part_file(std::filesystem::path place) : place_{std::move(place)} {}
    ~part_file() {
        std::error_code ignored;
        if (!taken_)
            std::filesystem::remove(path(), ignored);
    }
    part_file(const part_file &) = delete;
    part_file &operator=(const part_file &) = delete;

    [[nodiscard]] std::filesystem::path path() const { return place_.string() + ".part"; }
    /// Moves the file to its place.
    void take() {
        std::filesystem::rename(path(), place_);
        taken_ = true;
    }

  private:
    std::filesystem::path place_;
    bool taken_ = false;
};

} // namespace smelt::sim
