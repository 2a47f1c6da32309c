#include "read_lists.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/hash.hpp"
#include "smelt/source/http_pages.hpp"
#include "smelt/source/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

namespace smelt::orchestrator {
namespace {

std::string place_of(const config::pipeline &p, const store::fetches::page_name &page) {
    return fmt::format("{}: {}page {}", p.name, in_list(page.list), page.page);
}

/// Pages in the order of the file of ids; lists that it does not name any more are left out.
std::vector<store::fetches::page_name> ordered_pages(store::fetches &table, const config::http_source_spec &spec) {
    const auto all = table.pages();
    std::vector<store::fetches::page_name> ordered;
    for (const auto &list : spec.list.names)
        std::ranges::copy_if(all, std::back_inserter(ordered), [&](const auto &page) { return page.list == list; });
    return ordered;
}

/// Calls each(entry, key, page, number) for all entries.
template <class Each>
void for_each_entry(store::fetches &table, const config::pipeline &p, const Each &each) {
    const auto &spec = *p.source.http;
    for (const auto &name : ordered_pages(table, spec)) {
        const auto body = table.page_body(name);
        if (!body)
            continue;
        source::query_rows rows{p.source, {}, place_of(p, name)};
        std::int64_t number = 0;
        source::list_page page;
        try {
            page = source::read_list_page(*body, spec.list);
        } catch (const usage_error &e) {
            throw usage_error{place_of(p, name) + ": " + e.what(), "see list.records and list.pages of the source"};
        }
        for (const auto &entry : page.records)
            each(entry, rows.read(entry).key, name, ++number);
    }
}

} // namespace

std::string in_list(const std::string &list) {
    return list.empty() ? "" : "list " + list + ", ";
}

std::string without_forgotten(const std::string &body, const config::pipeline &p,
                              const store::forgotten_keys &forgotten) {
    if (forgotten.empty())
        return body;
    source::query_rows rows{p.source, {}, "a page"};
    return source::without_records(body, p.source.http->list,
                                   [&](const std::string &entry) { return forgotten.contains(rows.read(entry).key); });
}

differing_entries for_each_listed(store::fetches &table, const config::pipeline &p,
                                  const std::function<void(const listed_record &)> &each) {
    struct places {
        std::vector<std::string> lists;
        std::size_t first_entry = 0; ///< its hash
    };
    std::map<std::string, places> known;
    differing_entries differing;
    for_each_entry(table, p, [&](const std::string &entry, const std::string &key, const auto &name, std::int64_t) {
        const auto hash = std::hash<std::string>{}(entry);
        auto &[lists, first_entry] = known.try_emplace(key, places{{}, hash}).first->second;
        if (first_entry != hash) {
            ++differing.count;
            differing.key = key;
        }
        if (std::ranges::find(lists, name.list) == lists.end())
            lists.push_back(name.list);
    });
    for_each_entry(table, p,
                   [&](const std::string &entry, const std::string &key, const auto &name, std::int64_t number) {
                       if (auto first = known.extract(key))
                           each({entry, key, std::move(first.mapped().lists), place_of(p, name), number});
                   });
    return differing;
}

wanted wanted_details(store::fetches &table, const config::pipeline &p) {
    wanted all;
    const auto &detail = p.source.http->detail;
    for_each_listed(table, p, [&](const listed_record &record) {
        all.all_keys.push_back(record.key);
        if (!detail)
            return;
        if (const auto url = source::detail_url(record.json, *detail)) {
            all.keys.push_back(record.key);
            all.urls.push_back(*url);
            all.entries.push_back(sha256_hex(record.json).substr(0, 32));
        }
    });
    return all;
}

} // namespace smelt::orchestrator
