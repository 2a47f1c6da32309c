#pragma once

#include "provider/wire.hpp"

#include <optional>
#include <string>
#include <string_view>

/// What the service says, as values: pure functions. Absent, null and "" mean the same everywhere.
namespace smelt::provider {

/// What an error in `errors.data` of a failed batch means: of one line unless its code says that it concerns all.
failure_kind kind_of_batch_error(const line_error &error);

/// A service's own words for OpenAI's states.
using state_names = std::map<std::string, std::string>;

/// Nothing without an id. Some services wrap what a create made in a member `job`.
std::optional<remote_batch> parse_batch(const json &answer, const state_names &states = {});

/// Nothing when the text is no listing. page_size is what was asked for, 0 for everything. Some services give a bare
/// array.
std::optional<listing> parse_listing(std::string_view body, std::string_view cursor, std::size_t page_size,
                                     const batch_reader &read, lookup find_by = lookup::metadata);

/// An entry of a listing of files.
struct remote_file {
    std::string id, name;
    std::chrono::system_clock::time_point created{};
};
struct file_listing {
    std::vector<remote_file> files;
    std::string next; ///< cursor of the next page; empty: the end
};
/// Nothing when the text is not a listing. Entries without an id are left out.
std::optional<file_listing> parse_files(std::string_view body, std::string_view cursor, std::size_t page_size);

/// The cursor of the page after this one (has_more, last_id), "" at the end. "More" without a way forward is not an
/// end, but nothing.
std::optional<std::string> next_page(const json &document, const json &data, std::string_view cursor,
                                     std::size_t page_size);

remote_state parse_state(std::string_view status, const state_names &states = {});

} // namespace smelt::provider
