#pragma once

#include "smelt/config/pipeline.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What pages and answers of a web service say: pure functions of their bodies.
namespace smelt::source {

/// A page of a list.
struct list_page {
    std::vector<std::string> records; ///< each an object, JSON text
    std::optional<std::int64_t> last; ///< the number of the last page, where the list says it
    std::string next;                 ///< the address of the next page; empty: there is none
};
/// Throws usage_error that says what of it cannot be read.
list_page read_list_page(std::string_view body, const config::http_list_spec &spec);

/// The page without some of its records, by their JSON text: others' bodies are kept as they are.
std::string without_records(std::string_view body, const config::http_list_spec &spec,
                            const std::function<bool(const std::string &)> &is_left_out);

/// What a record's detail gives.
struct detail_text {
    std::string text;
    bool is_truncated = false;
    std::int64_t parts = 0; ///< that the answer has
    std::int64_t texts = 0; ///< of these, such as have a text
};
/// body: of the answer; empty: there is none (a 404). record: the list's entry, JSON text. Throws usage_error when the
/// body cannot be read.
detail_text read_detail(std::string_view body, std::string_view record, const config::http_detail_spec &spec);

/// The list's entry with the fields that were added: the text, whether it was cut, and the lists that it stands in.
/// Throws usage_error when it has a field of such a name.
std::string with_fetched(std::string_view record, const config::http_source_spec &spec,
                         const std::optional<detail_text> &detail, const std::vector<std::string> &origins);

/// The address of the record's detail. Nothing where a field that it names is absent or null.
std::optional<std::string> detail_url(std::string_view record, const config::http_detail_spec &spec);
/// That field. Empty where there is none.
std::string missing_of_url(std::string_view record, const config::http_detail_spec &spec);

/// The name of the field for the lists that a record stands in: never part of what makes its content.
inline constexpr std::string_view origins_field = "origins";
inline constexpr std::string_view truncated_field = "text_truncated";

} // namespace smelt::source
