#include "readers.hpp"

#include "smelt/base/error.hpp"
#include "smelt/source/reader.hpp"

#include <cerrno>
#include <cstring>
#include <glob.h>
#include <map>
#include <stdexcept>
#include <sys/stat.h>

namespace smelt::source {
namespace {

/// The folder is not part of the pattern: what it holds of *?[\ is meant literally.
std::string escaped(const std::filesystem::path &folder) {
    std::string result;
    for (const char c : folder.string()) {
        if (std::string_view{"*?[]\\"}.find(c) != std::string_view::npos)
            result += '\\';
        result += c;
    }
    return result;
}

/// A folder that is not there matches nothing; one that cannot be read must not look the same.
int stop_when_unreadable(const char *, int failure) {
    errno = failure;
    return failure != ENOENT && failure != ENOTDIR ? 1 : 0;
}

class glob_result {
  public:
    glob_result(const std::string &pattern, const std::string &shown) {
        const int status = ::glob(pattern.c_str(), GLOB_NOSORT, stop_when_unreadable, &found_);
        if (status != 0 && status != GLOB_NOMATCH) {
            const std::string reason = status == GLOB_NOSPACE ? "out of memory" : std::strerror(errno);
            ::globfree(&found_);
            throw usage_error{"the folder of the source pattern " + shown + " cannot be read: " + reason};
        }
    }
    ~glob_result() { ::globfree(&found_); }
    glob_result(const glob_result &) = delete;
    glob_result &operator=(const glob_result &) = delete;
    [[nodiscard]] std::size_t size() const { return found_.gl_pathc; }
    [[nodiscard]] const char *operator[](std::size_t i) const { return found_.gl_pathv[i]; }

  private:
    glob_t found_{};
};

/// Relative to the folder when inside of it: such keys and messages stay right when the folder moves.
std::filesystem::path shown_path(const std::filesystem::path &absolute, const std::filesystem::path &folder) {
    const auto relative = absolute.lexically_relative(folder);
    return relative.empty() || *relative.begin() == ".." ? absolute : relative;
}

using file_map = std::map<std::string, input_file>; // by path: sorted by bytes, each once

std::size_t add_matches(file_map &files, const std::string &pattern, const std::filesystem::path &folder) {
    const bool absolute = std::filesystem::path{pattern}.is_absolute();
    const glob_result found{absolute ? pattern : escaped(folder) + "/" + pattern, pattern};
    std::size_t matches = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        struct stat info {};
        if (::stat(found[i], &info) != 0)
            throw usage_error{std::string{"the source file "} + found[i] + " cannot be read: " + std::strerror(errno)};
        if (!S_ISREG(info.st_mode))
            continue;
        input_file file;
        file.absolute = std::filesystem::path{found[i]}.lexically_normal();
        file.path = shown_path(file.absolute, folder);
        file.size = info.st_size;
        file.mtime_ns = std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
        files.emplace(file.absolute.string(), file);
        ++matches;
    }
    return matches;
}

} // namespace

std::vector<input_file> list_files(const config::source_spec &spec, const std::filesystem::path &folder) {
    const auto base = std::filesystem::absolute(folder.empty() ? "." : folder).lexically_normal();
    file_map files;
    for (const auto &pattern : spec.patterns) {
        if (pattern.find("**") != std::string::npos)
            throw usage_error{"the source pattern " + pattern + " holds **", "name each folder, with * for one level"};
        if (add_matches(files, pattern, base) == 0)
            throw usage_error{"no file matches the source pattern " + pattern,
                              "patterns are relative to " + base.string()};
    }
    std::vector<input_file> list;
    for (auto &[name, file] : files)
        list.push_back(std::move(file));
    return list;
}

std::unique_ptr<reader> open_reader(const config::source_spec &spec, const input_file &file,
                                    const std::set<std::string> &content_fields, known_rows *known) {
    switch (spec.kind) {
    case config::source_kind::csv:
        return open_csv(spec, file, content_fields, known);
    case config::source_kind::jsonl:
        return open_jsonl(spec, file, content_fields, known);
    case config::source_kind::text:
        return open_text(file, content_fields);
    case config::source_kind::sql:
        break;
    }
    throw std::logic_error{"a sql source has no files to open"};
}

} // namespace smelt::source
