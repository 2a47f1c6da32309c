#include "smelt/base/error.hpp"
#include "smelt/config/url_template.hpp"
#include "smelt/json/path.hpp"
#include "smelt/source/http_pages.hpp"

#include <cstddef>
#include <cstdint>

namespace {

/// What stands before the next line break, which is taken away.
std::string line_of(std::string_view &rest) {
    const auto end = std::min(rest.find('\n'), rest.size());
    std::string line{rest.substr(0, end)};
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
}

/// As a pipeline file is checked.
bool is_checked(const smelt::config::http_source_spec &spec) {
    const auto &detail = *spec.detail;
    bool good = smelt::config::url_template{detail.url}.problem().empty();
    for (const auto &path : {spec.list.records, detail.records, detail.text[0], detail.text[1]})
        good = good && smelt::json_text::parse_path(path);
    for (const auto &path : {spec.list.last, spec.list.next, detail.title})
        good = good && (path.empty() || smelt::json_text::parse_path(path));
    return good;
}

/// What a service is taken to mean must lead to no crash, and be the same when it is read twice.
void read(const smelt::config::http_source_spec &spec, std::string_view body) {
    const auto page = smelt::source::read_list_page(body, spec.list);
    for (const auto &record : page.records) {
        const auto url = smelt::source::detail_url(record, *spec.detail);
        const auto detail = smelt::source::read_detail(body, record, *spec.detail);
        if (detail.text != smelt::source::read_detail(body, record, *spec.detail).text || (url && url->empty()))
            __builtin_trap();
        static_cast<void>(smelt::source::with_fetched(record, spec, detail, {"a", "b"}));
    }
}

} // namespace

/// A page of a list or a record's detail is read or refused, whatever a service sends and whatever paths a file names.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    std::string_view rest{reinterpret_cast<const char *>(data), size};
    smelt::config::http_source_spec spec;
    spec.list.records = line_of(rest);
    spec.list.last = line_of(rest);
    spec.list.next = line_of(rest);
    auto &detail = spec.detail.emplace();
    detail.url = line_of(rest);
    detail.records = line_of(rest);
    detail.text = {line_of(rest), line_of(rest)};
    detail.title = line_of(rest);
    detail.others = {line_of(rest)};
    detail.max_bytes = static_cast<std::int64_t>(size % 97);
    try {
        if (is_checked(spec))
            read(spec, rest);
    } catch (const smelt::error &) {
    }
    return 0;
}
