#include "smelt/source/text_by_path.hpp"

#include "file_bytes.hpp"
#include "object_row.hpp"
#include "row_parts.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/json/path.hpp"
#include "smelt/json/reader.hpp"
#include "smelt/json/text_scan.hpp"
#include "smelt/json/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace smelt::source {
namespace {

/// A file that was written so lately may be written again within the same tick of its clock.
constexpr std::int64_t settled_after_ns = 2'000'000'000;

std::uint64_t hash_of(std::string_view text) {
    return XXH3_64bits(text.data(), text.size());
}

std::int64_t now_ns() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

class open_file {
  public:
    /// The last part of the path is no link.
    explicit open_file(const std::filesystem::path &path)
        : descriptor_{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)} {}
    ~open_file() {
        if (descriptor_ >= 0)
            ::close(descriptor_);
    }
    open_file(const open_file &) = delete;
    open_file &operator=(const open_file &) = delete;
    [[nodiscard]] int get() const { return descriptor_; }

  private:
    int descriptor_;
};

/// Reads `size` bytes, or what is there of them. False: the reason is in errno.
bool read_whole(int descriptor, std::size_t size, std::string &into) {
    into.resize(size);
    std::size_t have = 0;
    while (have < size) {
        const auto got = ::read(descriptor, into.data() + have, size - have);
        if (got == 0)
            break;
        if (got < 0 && errno != EINTR)
            return false;
        have += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    into.resize(have);
    return true;
}

/// What is wrong with the bytes of a text file; empty: nothing. A byte order mark is taken away.
std::string check_text(std::string &text) {
    if (text.starts_with("\xEF\xBB\xBF"))
        text.erase(0, 3);
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
        return "is UTF-16, not UTF-8";
    if (const auto bad = json_text::find_unstorable(text); bad != std::string::npos)
        return fmt::format("is not UTF-8, or holds NUL, at byte {}", bad + 1);
    return {};
}

bool leaves_upwards(const std::filesystem::path &path) {
    return std::ranges::any_of(path, [](const auto &part) { return part == ".."; });
}

} // namespace

/// A file that a row names, or why there is none.
struct text_by_path::found_file {
    std::filesystem::path path; ///< canonical
    std::string problem;        ///< empty: none
    std::int64_t size = 0;
    std::int64_t mtime_ns = 0;
    std::int64_t ctime_ns = 0; ///< no copying tool sets it back
};

text_by_path::text_by_path(const config::text_file_spec &spec, const std::filesystem::path &pipeline_folder,
                           bool is_content)
    : spec_{spec}, is_content_{is_content} {
    std::error_code problem;
    base_ = std::filesystem::canonical(std::filesystem::absolute(pipeline_folder / spec.base), problem);
    if (problem || !std::filesystem::is_directory(base_, problem))
        throw usage_error{"source.text_file.base: there is no folder " + (pipeline_folder / spec.base).string() +
                              "; nothing was loaded",
                          "it is relative to the pipeline's file"};
}

void text_by_path::remember(std::string_view key, std::int64_t hash) {
    known_.insert_or_assign(hash_of(key), hash);
}

void text_by_path::complete(row &r, const std::string &place) {
    const auto path = path_of(r, place);
    if (r.incomplete)
        return;
    const auto file = find(path);
    if (!file.problem.empty()) {
        r.incomplete = std::string{clip_utf8(printable(path), 300)} + " " + file.problem;
        return;
    }
    const auto stands_for = fmt::format("{}\n{}\n{}\n{}\n{}", place, file.size, file.mtime_ns, file.ctime_ns, r.fields);
    const auto hash = static_cast<std::int64_t>(hash_of(stands_for));
    const auto known = known_.find(hash_of(r.key));
    if (known != known_.end() && known->second == hash) {
        r.same = true;
        r.fields = "{}";
        return;
    }
    if (auto limit = limit_of(file.size); !limit.empty())
        r.skip = std::move(limit);
    else
        add_text(r, file);
    if (!r.incomplete && file.mtime_ns < now_ns() - settled_after_ns)
        r.hash = hash;
}

std::string text_by_path::path_of(row &r, const std::string &place) const {
    thread_local json_text::json_tree tree; // its memory serves the next record
    json_text::read_json(r.fields, tree, {});
    const auto &object = tree.root();
    const auto fail = [&](const std::string &message, const std::string &hint) {
        throw file_error{place, static_cast<int>(r.line), message, hint};
    };
    if (object.find(spec_.field) != nullptr)
        fail("the record has a field \"" + spec_.field + "\" already, which text_file would make",
             "give it another name there: field: NAME");
    const auto *member = json_text::find_dotted(object, spec_.column);
    if (member == nullptr)
        r.incomplete = "it has no field " + spec_.column;
    else if (member->is(json_text::node_kind::null) ||
             (member->is(json_text::node_kind::string) && member->text.empty()))
        r.incomplete = "its field " + spec_.column + " is empty";
    else if (!member->is(json_text::node_kind::string))
        r.incomplete = "its field " + spec_.column + " is no text";
    return r.incomplete ? std::string{} : std::string{member->text};
}

text_by_path::found_file text_by_path::find(const std::string &path) const {
    found_file file;
    const std::filesystem::path named{path};
    const auto outside = "lies outside of " + spec_.base;
    if (leaves_upwards(named)) {
        file.problem = "holds .., which may lead out of " + spec_.base;
        return file;
    }
    std::error_code problem;
    file.path = std::filesystem::canonical(base_ / named, problem);
    if (problem) {
        const bool is_absent = problem == std::errc::no_such_file_or_directory || problem == std::errc::not_a_directory;
        file.problem = is_absent ? "is not there" : "cannot be read: " + problem.message();
        return file;
    }
    const auto inside = std::ranges::mismatch(base_, file.path);
    struct stat info {};
    if (inside.in1 != base_.end())
        file.problem = outside;
    else if (::stat(file.path.c_str(), &info) != 0)
        file.problem = std::string{"cannot be read: "} + std::strerror(errno);
    else if (!S_ISREG(info.st_mode))
        file.problem = "is no file";
    file.size = info.st_size;
    file.mtime_ns = std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
    file.ctime_ns = std::int64_t{info.st_ctim.tv_sec} * 1'000'000'000 + info.st_ctim.tv_nsec;
    return file;
}

std::string text_by_path::limit_of(std::int64_t size) const {
    constexpr std::int64_t bytes_per_token = 4;
    if (spec_.max_bytes > 0 && size > spec_.max_bytes)
        return "max_bytes";
    if (spec_.max_tokens > 0 && size > spec_.max_tokens * bytes_per_token)
        return "max_tokens";
    return {};
}

void text_by_path::add_text(row &r, const found_file &file) const {
    const auto fail = [&](const std::string &problem) {
        r.incomplete =
            std::string{clip_utf8(printable(file.path.lexically_relative(base_).string()), 300)} + " " + problem;
    };
    if (static_cast<std::size_t>(file.size) > longest_row)
        return fail("is longer than 64 MB");
    const open_file opened{file.path};
    std::string text;
    if (opened.get() < 0 || !read_whole(opened.get(), static_cast<std::size_t>(file.size), text))
        return fail(std::string{"cannot be read: "} + std::strerror(errno));
    if (const auto wrong = check_text(text); !wrong.empty())
        return fail(wrong);
    r.fields.pop_back();
    r.fields += ',';
    json_text::append_json_string(r.fields, spec_.field);
    r.fields += ':';
    json_text::append_json_string(r.fields, text);
    r.fields += '}';
    if (!is_content_)
        return;
    content_hasher hash;
    hash.add("", content_kind::other, r.content_hash);
    hash.add(spec_.field, content_kind::text, text);
    r.content_hash = hash.hex();
}

} // namespace smelt::source
