#include "read.hpp"
#include "text_file.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/base/url.hpp"
#include "smelt/config/suggest.hpp"
#include "smelt/config/url_template.hpp"
#include "smelt/json/path.hpp"

#include <algorithm>

namespace smelt::config {

void check_path(const view &at) {
    const auto &text = at.value().get_ref<const std::string &>();
    if (!json_text::parse_path(text))
        at.fail(
            "\"" + text + "\" is no path",
            "write $ for the whole, .NAME for a member, [*] for each element or member and [0] for one element, for "
            "example $.results[*]");
}

namespace {

std::string read_path(const view &section, const std::string &name) {
    std::string text;
    section.read(name, text);
    if (section.has(name))
        check_path(section.at(name));
    return text;
}

/// The host stands in the file: what a list says must not decide whom a key is shown to.
void check_url(const view &at, const std::string &pattern, bool allow_plain_http) {
    const url_template parsed{pattern};
    if (!parsed.problem().empty())
        at.fail(parsed.problem(), "write {{NAME}} where a value is to stand");
    url address;
    try {
        address = parse_url(parsed.fill([](std::string_view) { return "x"; }).value_or(""));
    } catch (const usage_error &e) {
        at.fail("must be an address such as https://portal.example/api/list?page={{page}}: " + std::string{e.what()},
                "keys do not belong into it: see auth");
    }
    if (parsed.names_in_authority())
        at.fail("a value cannot stand in the host's name", "write the host itself");
    if (!address.tls && !allow_plain_http && !address.loopback())
        at.fail("plain http would show keys and texts to the network",
                "use https://, or set allow_plain_http: true if that network is yours");
}

void refuse_names(const view &at, const std::string &pattern, const std::vector<std::string> &known) {
    for (const auto &name : url_template{pattern}.names())
        if (std::ranges::find(known, name) == known.end())
            at.fail("{{" + name + "}} stands for nothing here", did_you_mean(name, known));
}

/// An id a line, each once: what follows a #, blanks at the ends and empty lines do not count.
std::vector<std::string> read_ids(const view &at, const std::filesystem::path &file) {
    if (!std::filesystem::is_regular_file(file))
        at.fail("there is no file of ids " + file.string(), "write one, with an id a line");
    std::vector<std::string> ids;
    for (const auto &line : split(read_utf8_file(file), '\n')) {
        const std::string id{trim(std::string_view{line}.substr(0, std::min(line.find('#'), line.size())))};
        if (!id.empty() && std::ranges::find(ids, id) == ids.end())
            ids.push_back(id);
    }
    if (ids.empty())
        throw file_error{file.string(), 0, "there is no id in the file", "write one a line"};
    return ids;
}

http_list_spec read_list(const view &section, const std::filesystem::path &folder, bool allow_plain_http) {
    http_list_spec list;
    section.read("url", list.url);
    check_url(section.at("url"), list.url, allow_plain_http);
    refuse_names(section.at("url"), list.url, {"id", "page"});
    list.records = read_path(section, "records");
    section.read("ids", list.ids);
    const auto names = url_template{list.url}.names();
    const auto is_named = [&](const char *name) { return std::ranges::find(names, name) != names.end(); };
    if (is_named("id") != section.has("ids"))
        section.fail(section.has("ids") ? "no {{id}} stands in url"
                                        : "url names an {{id}}, and there is no file of ids",
                     "write ids: FILE, with an id a line, and {{id}} where it is to stand");
    if (!list.ids.empty())
        list.names = read_ids(section.at("ids"), folder / list.ids);
    const auto pages = section.at("pages");
    pages.read("from", list.from);
    pages.read("most", list.most);
    list.last = read_path(pages, "last");
    list.next = read_path(pages, "next");
    if (is_named("page") && !section.has("pages"))
        section.fail("url names a {{page}}, and nothing says how many there are", "add pages: {last: PATH}");
    if (!list.last.empty() && !is_named("page"))
        section.at("url").fail("no {{page}} stands in it, so each page would be the first",
                               "write {{page}} where the number is to stand");
    return list;
}

http_detail_spec read_detail(const view &section, bool allow_plain_http) {
    http_detail_spec detail;
    section.read("url", detail.url);
    check_url(section.at("url"), detail.url, allow_plain_http);
    if (url_template{detail.url}.names().empty())
        section.at("url").fail("it names no field, so it is the same for every record",
                               "write {{FIELD}} where it is to stand");
    detail.records = read_path(section, "records");
    detail.title = read_path(section, "title");
    section.read("text", detail.text);
    for (const auto &path : section.at("text").elements())
        check_path(path);
    section.read("else", detail.others);
    section.read("field", detail.field);
    section.read_size("max_bytes", detail.max_bytes);
    std::string missing = "error";
    section.read("missing", missing);
    detail.missing_is_empty = missing == "empty";
    return detail;
}

std::vector<http_auth_spec> read_auth(const view &section) {
    std::vector<http_auth_spec> keys;
    using place = http_auth_spec::place;
    for (const auto &[name, where] : {std::pair{"query", place::query}, std::pair{"header", place::header}}) {
        const auto by_name = section.at(name);
        for (const auto &[parameter, unused] : by_name.value().items())
            keys.push_back({where, parameter, read_secret(by_name.at(parameter))});
    }
    if (section.has("bearer"))
        keys.push_back({place::bearer, "Authorization", read_secret(section.at("bearer"))});
    return keys;
}

} // namespace

http_source_spec read_http_source(const view &section, const std::filesystem::path &folder) {
    http_source_spec spec;
    section.read("allow_plain_http", spec.allow_plain_http);
    spec.list = read_list(section.at("list"), folder, spec.allow_plain_http);
    if (section.has("detail"))
        spec.detail = read_detail(section.at("detail"), spec.allow_plain_http);
    spec.auth = read_auth(section.at("auth"));
    section.read_duration("fetch_time", spec.fetch_time);
    section.read_duration("timeout", spec.timeout);
    section.read_duration("pause", spec.pause, true);
    section.read_duration("backoff", spec.backoff);
    section.read("concurrency", spec.concurrency);
    section.read("ca_file", spec.ca_file);
    if (!spec.ca_file.empty())
        spec.ca_file = (folder / spec.ca_file).string();
    section.read("proxy", spec.proxy);
    if (section.has("proxy"))
        spec.proxy = checked_proxy(section.at("proxy"), spec.proxy);
    return spec;
}

} // namespace smelt::config
