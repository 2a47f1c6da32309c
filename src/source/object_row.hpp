#pragma once

#include "derived_fields.hpp"
#include "row_parts.hpp"

#include "smelt/json/tree.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::source {

std::vector<std::string> names_of(const json_text::node &object);

/// Makes records of the JSON objects of one file or query.
class object_row {
  public:
    /// where: names the file, for errors and keys by place.
    object_row(const config::source_spec &spec, std::string where, std::set<std::string> content_fields);

    /// The text is UTF-8 without NUL. number: which record of its file it is. shape: what the text should be, for the
    /// error. Throws file_error when the text is no object that can be stored, or has no key.
    void read(std::string_view object_json, std::int64_t line, std::int64_t number, const std::string &shape,
              row &into);

    /// The names of all fields that have come so far, in the order of their coming.
    [[nodiscard]] const std::vector<std::string> &columns() const { return columns_; }

  private:
    void parse(std::string_view object_json, std::int64_t line, const std::string &shape,
               json_text::json_tree &tree) const;
    [[nodiscard]] std::string with_derived(std::string_view object_json, const json_text::node &object,
                                           std::int64_t line) const;
    [[nodiscard]] std::string key_of(const json_text::node &object, std::int64_t line, std::int64_t number);
    [[nodiscard]] std::string value_of(const json_text::node &object, const std::string &field,
                                       std::int64_t line) const;
    [[nodiscard]] std::string content_hash(const json_text::node &object);
    void remember_columns(const json_text::node &object);
    [[noreturn]] void fail(std::int64_t line, const std::string &message, const std::string &hint) const;

    config::key_spec spec_;
    std::string where_;
    std::set<std::string> content_;
    derived_fields derived_;
    key_maker maker_;
    content_hasher hash_;
    std::vector<std::string> columns_;
    std::set<std::string, std::less<>> known_;
    std::vector<std::string> last_; ///< the names of the record before
};

} // namespace smelt::source
