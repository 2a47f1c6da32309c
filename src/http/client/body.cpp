#include "body.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/hash.hpp"

#include <algorithm>
#include <numeric>

namespace smelt::http {
namespace {

/// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
    });
}

void add_field(std::string &head, std::string_view name, std::string_view value) {
    const bool clean = std::all_of(value.begin(), value.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte >= 0x20 && byte != 0x7f) || c == '\t';
    });
    if (!is_token(name) || !clean)
        throw usage_error{"the HTTP header '" + std::string{is_token(name) ? name : "?"} +
                              "' holds a control character",
                          "an API key is one line without control characters"};
    head.append(name).append(": ").append(value).append("\r\n");
}

/// Quoting of names in multipart/form-data as browsers do it (WHATWG HTML, multipart/form-data encoding).
std::string form_quoted(std::string_view text) {
    std::string out{'"'};
    for (const char c : text) {
        if (c == '"')
            out += "%22";
        else if (c == '\r')
            out += "%0D";
        else if (c == '\n')
            out += "%0A";
        else
            out += c;
    }
    return out + '"';
}

segment file_segment(const std::filesystem::path &file) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error)
        throw usage_error{"cannot read " + file.string() + ": " + error.message()};
    return {{}, file, size, '\n'};
}

std::vector<segment> line_segments(const joined_lines &lines) {
    auto content = file_segment(lines.file);
    if (content.size > 0)
        --content.size; // the last line's newline
    content.newline = lines.separator;
    std::vector<segment> out(3);
    out[0].text = lines.before;
    out[1] = std::move(content);
    out[2].text = lines.after;
    return out;
}

std::vector<segment> whole_file(const std::filesystem::path &file) {
    std::vector<segment> out(2);
    out[1] = file_segment(file);
    return out;
}

std::string part_head(const form_part &part, const std::string &boundary) {
    auto head = "--" + boundary + "\r\nContent-Disposition: form-data; name=" + form_quoted(part.name);
    if (!part.filename.empty())
        head += "; filename=" + form_quoted(part.filename);
    head += "\r\n";
    if (!part.content_type.empty())
        add_field(head, "Content-Type", part.content_type);
    return head + "\r\n";
}

/// Text between files is one segment, so that a small form is one write.
std::vector<segment> form_segments(const std::vector<form_part> &form, const std::string &boundary) {
    std::vector<segment> out(1);
    for (const auto &part : form) {
        out.back().text += part_head(part, boundary);
        if (part.file.empty()) {
            out.back().text += part.value;
        } else {
            out.push_back(file_segment(part.file));
            out.emplace_back();
        }
        out.back().text += "\r\n";
    }
    out.back().text += "--" + boundary + "--\r\n";
    return out;
}

std::uintmax_t total_size(const std::vector<segment> &body) {
    return std::accumulate(body.begin(), body.end(), std::uintmax_t{0},
                           [](std::uintmax_t sum, const segment &s) { return sum + s.text.size() + s.size; });
}

} // namespace

std::vector<segment> serialize(const request &r, const url &to, const proxy *via, const std::string &user_agent) {
    if (!is_token(r.method))
        throw usage_error{"bad HTTP method"};
    std::vector<segment> body(1);
    body.front().text = r.body;
    auto type = r.content_type;
    if (!r.form.empty()) {
        const auto boundary = "smelt-" + random_nonce();
        body = form_segments(r.form, boundary);
        type = "multipart/form-data; boundary=" + boundary;
    } else if (r.lines) {
        body = line_segments(*r.lines);
    } else if (!r.file.empty()) {
        body = whole_file(r.file);
    }

    const bool absolute = via != nullptr && !to.tls;
    std::string head = r.method + " " + (absolute ? "http://" + to.authority() : "") + to.target + " HTTP/1.1\r\n";
    add_field(head, "Host", to.authority());
    add_field(head, "User-Agent", user_agent.empty() ? "smelt" : user_agent);
    add_field(head, "Accept", "*/*");
    add_field(head, "Accept-Encoding", "gzip");
    if (absolute && !via->authorization.empty())
        add_field(head, "Proxy-Authorization", via->authorization);
    for (const auto &[name, value] : r.fields)
        add_field(head, name, value);
    if (!type.empty())
        add_field(head, "Content-Type", type);
    const auto size = total_size(body);
    if (size > 0 || (r.method != "GET" && r.method != "HEAD" && r.method != "DELETE"))
        add_field(head, "Content-Length", std::to_string(size));
    head += "\r\n";
    body.front().text.insert(0, head);
    return body;
}

} // namespace smelt::http
