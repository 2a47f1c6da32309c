#include "corrupt_listing.hpp"

#include "smelt/base/hash.hpp"

#include <algorithm>
#include <array>

namespace smelt::sim {
namespace {

/// The member that holds the entries; the listing itself where it is a bare array.
json &entries_of(json &listing) {
    if (listing.is_array())
        return listing;
    return listing.contains("data") ? listing["data"] : listing["operations"];
}

/// An entry under an id of its own, without what would tell whose it is.
json unknown_entry(const json &entries, const std::string &id) {
    json entry = entries.is_array() && !entries.empty() ? entries.front() : json::object();
    for (const char *mark : {"metadata", "input_file_id", "input_files"})
        entry.erase(mark);
    entry["id"] = id;
    if (entry.contains("name"))
        entry["name"] = "batches/" + id;
    return entry;
}

/// Says that another page follows, in the words of every dialect: Mistral's pages go by their number and the total.
void put_cursor(json &listing, const std::string &cursor) {
    constexpr std::int64_t many = 1'000'000'000;
    if (listing.is_array())
        return;
    if (listing.contains("has_more")) {
        listing["has_more"] = true;
        listing["last_id"] = cursor;
    } else if (listing.contains("total")) {
        listing["total"] = many;
    } else {
        listing["nextPageToken"] = cursor;
    }
}

} // namespace

std::string take_cursor(http::server_request &request) {
    constexpr std::array<std::string_view, 5> cursors{"after", "after_id", "pageToken", "page_token", "page"};
    std::string taken;
    std::erase_if(request.query, [&](const auto &pair) {
        const bool is_cursor = std::find(cursors.begin(), cursors.end(), pair.first) != cursors.end();
        if (is_cursor)
            taken = pair.second;
        return is_cursor;
    });
    return taken;
}

json corrupt_listing(const std::string &kind, const std::string &cursor, json listing) {
    json &entries = entries_of(listing);
    if (kind == "null") {
        entries = nullptr;
    } else if (kind == "odd") {
        const json odd = json::parse(R"([17,null,"text",[],{},{"id":5},{"status":null}])");
        if (!entries.is_array())
            entries = json::array();
        entries.insert(entries.begin(), odd.begin(), odd.end());
    } else if (kind == "endless") {
        const std::string id = "simulated-" + random_nonce();
        entries = json::array({unknown_entry(entries, id)});
        put_cursor(listing, id);
    } else {
        put_cursor(listing, cursor == "simulated-1" ? "simulated-2" : "simulated-1");
    }
    return listing;
}

} // namespace smelt::sim
