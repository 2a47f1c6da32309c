#include "editor.hpp"

#include "smelt/base/child_process.hpp"
#include "smelt/base/error.hpp"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace smelt::cli {
namespace {

constexpr std::chrono::seconds idle_time{30};

std::string editor_command() {
    for (const auto *name : {"VISUAL", "EDITOR"})
        if (const char *value = std::getenv(name); value != nullptr && *value != '\0')
            return value;
    return "vi";
}

} // namespace

edited_file::edited_file(const std::string &text, const std::string &ending) {
    std::error_code problem;
    const auto folder = std::filesystem::temp_directory_path(problem);
    if (problem)
        throw usage_error{"there is no folder for a file to edit: " + problem.message(), "TMPDIR names one"};
    auto name = (folder / ("smelt-XXXXXX" + ending)).string();
    const int file = ::mkstemps(name.data(), static_cast<int>(ending.size()));
    if (file < 0)
        throw usage_error{"cannot make " + name + ": " + std::strerror(errno), "TMPDIR names another folder"};
    ::close(file);
    path_ = name;
    std::ofstream{path_, std::ios::binary} << text << '\n';
}

edited_file::~edited_file() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
}

void edited_file::edit(const std::function<void()> &meanwhile) {
    program editor;
    // The variable may hold arguments, so a shell reads it, as other programs do.
    editor.argv = {"/bin/sh", "-c", editor_command() + " \"$1\"", "sh", path_.string()};
    editor.input = STDIN_FILENO;
    editor.folder = std::filesystem::current_path();
    const auto child = start(editor);
    std::optional<int> status;
    while (!(status = wait_for_end(child, std::chrono::steady_clock::now() + idle_time)))
        meanwhile();
    if (status != 0)
        throw usage_error{"the editor " + editor_command() + " " + describe_ending(status.value_or(0)),
                          "EDITOR names another one"};
}

std::string edited_file::text() const {
    std::ifstream in{path_, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    while (text.ends_with('\n') || text.ends_with('\r'))
        text.pop_back();
    return text;
}

} // namespace smelt::cli
