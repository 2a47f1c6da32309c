#pragma once

#include "smelt/base/url.hpp"
#include "smelt/http/client.hpp"
#include "smelt/http/proxy.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace smelt::http {

/// A piece of a request on its way out: text, or `size` bytes of a file.
struct segment {
    std::string text;
    std::filesystem::path file;
    std::uintmax_t size = 0;
    char newline = '\n'; ///< stands in place of the file's newlines
};

/// The whole request as segments, Content-Length included; files stay on disk. `via`, which may be null, is the proxy
/// that it is written to: of https the tunnel is another's affair, and the request looks as without one. Throws
/// usage_error when a header holds a character that would change the request, or a file cannot be read. Messages never
/// hold a header's value.
std::vector<segment> serialize(const request &r, const url &to, const proxy *via, const std::string &user_agent);

} // namespace smelt::http
