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
        file.ctime_ns = std::int64_t{info.st_ctim.tv_sec} * 1'000'000'000 + info.st_ctim.tv_nsec;
        files.emplace(file.absolute.string(), file);
        ++matches;
    }
    return matches;
}

/// The folder and those below it that are not hidden. Links to folders are not followed: they may lead back.
std::vector<std::string> folders_below(const std::filesystem::path &top, const std::string &pattern) {
    std::vector<std::string> folders{top.string()};
    std::error_code problem;
    for (std::filesystem::recursive_directory_iterator at{top, problem}, end; at != end && !problem;
         at.increment(problem)) {
        if (!at->is_directory() || at->is_symlink())
            continue;
        if (at->path().filename().string().starts_with('.'))
            at.disable_recursion_pending();
        else
            folders.push_back(at->path().string());
    }
    if (problem && problem != std::errc::no_such_file_or_directory && problem != std::errc::not_a_directory)
        throw usage_error{"a folder of the source pattern " + pattern + " cannot be read: " + problem.message()};
    return folders;
}

/// shown: the whole pattern, for errors.
std::vector<std::string> matching_folders(const std::string &beginning, const std::string &shown) {
    const glob_result found{beginning, shown};
    std::vector<std::string> folders;
    for (std::size_t i = 0; i < found.size(); ++i)
        if (std::filesystem::is_directory(found[i]))
            folders.emplace_back(found[i]);
    return folders;
}

/// As add_matches, where ** stands for any number of folders, also none.
std::size_t add_tree(file_map &files, const std::string &pattern, const std::filesystem::path &folder) {
    const auto at = pattern.find("**");
    if (at == std::string::npos)
        return add_matches(files, pattern, folder);
    const auto after = at + 2;
    if ((at > 0 && pattern[at - 1] != '/') || (after < pattern.size() && pattern[after] != '/'))
        throw usage_error{"the source pattern " + pattern + " has ** inside of a name",
                          "** stands alone between slashes, for any number of folders: texts/**/*.txt"};
    const auto rest = after + 1 < pattern.size() ? pattern.substr(after + 1) : std::string{"*"};
    const bool is_absolute = pattern.starts_with('/');
    const auto beginning = is_absolute ? pattern.substr(0, at) : escaped(folder) + "/" + pattern.substr(0, at);
    std::size_t matches = 0;
    for (const auto &top : matching_folders(beginning, pattern))
        for (const auto &below : folders_below(top, pattern))
            matches += add_tree(files, escaped(below) + "/" + rest, folder);
    return matches;
}

} // namespace

std::vector<input_file> list_files(const config::source_spec &spec, const std::filesystem::path &folder) {
    const auto base = std::filesystem::absolute(folder.empty() ? "." : folder).lexically_normal();
    file_map files;
    for (const auto &pattern : spec.patterns) {
        if (add_tree(files, pattern, base) == 0)
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
    case config::source_kind::json:
        return open_json(spec, file, content_fields, known);
    case config::source_kind::text:
        return open_text(spec, file, content_fields);
    case config::source_kind::sql:
    case config::source_kind::http:
        break;
    }
    throw std::logic_error{"a sql source has no files to open"};
}

} // namespace smelt::source
