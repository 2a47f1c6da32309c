#include "multipart.hpp"

#include "smelt/base/text.hpp"

#include <algorithm>

namespace smelt::sim {
namespace {

constexpr std::size_t head_limit = 16 * 1024;

/// The value of name="..." or name=... in a header's text; found says whether it is there.
std::string parameter(std::string_view text, std::string_view name, bool &found) {
    const std::string all = lower_ascii(text);
    const std::string key = std::string{name} + "=";
    found = false;
    for (std::size_t at = all.find(key); at != std::string::npos; at = all.find(key, at + 1)) {
        if (at > 0 && all[at - 1] != ' ' && all[at - 1] != ';') // the end of "filename" is "name"
            continue;
        found = true;
        auto value = text.substr(at + key.size());
        if (value.starts_with('"'))
            return std::string{value.substr(1, value.find('"', 1) - 1)};
        return std::string{value.substr(0, value.find_first_of("; \r\n"))};
    }
    return {};
}

/// The head's line that begins with this name, whole; empty: none does.
std::string_view field(std::string_view head, std::string_view lower_case_name) {
    const auto begin = lower_ascii(head).find(lower_case_name);
    if (begin == std::string::npos)
        return {};
    return head.substr(begin, std::min(head.find("\r\n", begin), head.size()) - begin);
}

} // namespace

multipart_reader::multipart_reader(std::string_view content_type, begin_handler on_begin, data_handler on_data)
    : on_begin_{std::move(on_begin)}, on_data_{std::move(on_data)}, buffer_{"\r\n"} {
    bool found = false;
    const std::string boundary = parameter(content_type, "boundary", found);
    if (!lower_ascii(content_type).starts_with("multipart/form-data") || boundary.empty() || boundary.size() > 200)
        throw multipart_error{"expected multipart/form-data with a boundary"};
    delimiter_ = "\r\n--" + boundary;
}

void multipart_reader::feed(std::string_view piece) {
    buffer_.erase(0, used_);
    used_ = 0;
    buffer_ += piece;
    while (step()) {
    }
}

void multipart_reader::finish() const {
    if (state_ != state::done)
        throw multipart_error{"the multipart body ends before its last boundary"};
}

bool multipart_reader::step() {
    switch (state_) {
    case state::preamble:
    case state::data:
        return read_data();
    case state::boundary:
        return read_boundary_end();
    case state::head:
        return read_head();
    case state::done:
        used_ = buffer_.size();
        return false;
    }
    return false;
}

bool multipart_reader::read_data() {
    const auto at = buffer_.find(delimiter_, used_);
    const bool found = at != std::string::npos;
    // Without a boundary in sight the end of the buffer may be the beginning of one.
    const std::size_t keep = std::min(buffer_.size() - used_, delimiter_.size() - 1);
    const std::size_t end = found ? at : buffer_.size() - keep;
    if (state_ == state::data && end > used_)
        on_data_(std::string_view{buffer_}.substr(used_, end - used_));
    used_ = found ? at + delimiter_.size() : end;
    if (found)
        state_ = state::boundary;
    return found;
}

bool multipart_reader::read_boundary_end() {
    if (buffer_.size() - used_ < 2)
        return false;
    const auto mark = std::string_view{buffer_}.substr(used_, 2);
    if (mark != "--" && mark != "\r\n")
        throw multipart_error{"unexpected bytes after a multipart boundary"};
    used_ += 2;
    state_ = mark == "--" ? state::done : state::head;
    return true;
}

bool multipart_reader::read_head() {
    const auto end = buffer_.find("\r\n\r\n", used_);
    if (end == std::string::npos) {
        if (buffer_.size() - used_ > head_limit)
            throw multipart_error{"the head of a multipart part is too long"};
        return false;
    }
    const auto text = std::string_view{buffer_}.substr(used_, end - used_);
    const auto line = field(text, "content-disposition:");
    if (line.empty())
        throw multipart_error{"a multipart part has no Content-Disposition"};
    bool found = false;
    part_head head;
    head.name = parameter(line, "name", found);
    head.filename = parameter(line, "filename", head.is_file);
    head.content_type = field(text, "content-type:");
    on_begin_(head);
    used_ = end + 4;
    state_ = state::data;
    return true;
}

} // namespace smelt::sim
