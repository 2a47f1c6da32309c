#pragma once

#include "smelt/base/hash.hpp"
#include "smelt/config/pipeline.hpp"
#include "smelt/source/reader.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smelt::source {

/// What a content field holds. A text is the same in CSV and in JSON; anything else counts by its JSON text.
enum class content_kind : char { absent = 'a', null = 'n', text = 't', other = 'j' };

/// Collects name and value of each content field, in the order of the names, into one SHA-256. Every part is framed by
/// its length.
class content_hasher {
  public:
    void add(std::string_view name, content_kind kind, std::string_view value = {});
    /// Finishes and starts anew.
    std::string hex();

  private:
    void add_framed(std::string_view part);
    std::string material_;
    sha256_stream digest_; // kept: making a context costs as much as hashing a short row
};

/// The key of a record.
class key_maker {
  public:
    explicit key_maker(const config::key_spec &spec) : spec_{spec} {}

    /// From one field or several; `\` stands before a | or \ of a value. An empty value makes an empty key of one
    /// field. Of a hash: equal values give equal keys.
    [[nodiscard]] std::string of_values(const std::vector<std::string_view> &values);
    /// Of the number-th record of a file.
    static std::string of_row(std::string_view file, std::int64_t number);

  private:
    config::key_spec spec_;
    content_hasher hash_;
};

/// What decides, beside the columns of a file, what the text of a row means (see known_rows::begin).
std::string shape_of(const config::source_spec &spec);

/// Fails with the reason when the key is empty or longer than 500 bytes.
void check_key(std::string_view key, const std::string &where, std::int64_t line);

} // namespace smelt::source
