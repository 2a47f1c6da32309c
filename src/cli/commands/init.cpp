#include "cli/options.hpp"

#include "smelt/base/embedded.hpp"
#include "smelt/cli/commands.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ostream>

namespace smelt::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "src/cli/starter/";
constexpr std::string_view name_token = "NAME_OF_PIPELINE";

constexpr const char *footer =
    R"(Writes a small pipeline with every section explained, its prompt, its schema and a few records
to try it on. It is called after the folder: pipelines of one name are one pipeline, so give
each a name of its own. Nothing that exists is overwritten.

Example:
  smelt init papers && cd papers && smelt run --dry-run

)";

fs::path target_of(const fs::path &folder, std::string_view name) {
    return folder / (name.starts_with(prefix) ? name.substr(prefix.size()) : name);
}

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
    std::string out{text};
    for (std::size_t at = 0; (at = out.find(what, at)) != std::string::npos; at += by.size())
        out.replace(at, what.size(), by);
    return out;
}

void write(const fs::path &to, std::string_view content) {
    if (to.has_parent_path())
        fs::create_directories(to.parent_path());
    std::ofstream out{to, std::ios::binary};
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    if (!out)
        throw usage_error{"cannot write " + to.string(), "look at the folder's permissions and the free space"};
}

/// As a shell takes it for one word.
std::string quoted(const std::string &path) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-";
    return path.find_first_not_of(plain) == std::string::npos ? path : "'" + replaced(path, "'", "'\\''") + "'";
}

} // namespace

std::string pipeline_name_for(const fs::path &folder) {
    constexpr std::size_t longest = 41;
    auto place = fs::absolute(folder).lexically_normal();
    if (!place.has_filename())
        place = place.parent_path();
    std::string name;
    for (const char c : place.filename().string()) {
        const bool capital = c >= 'A' && c <= 'Z';
        const bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (capital || fits)
            name += capital ? static_cast<char>(c - 'A' + 'a') : c;
        else if (!name.empty() && name.back() != '_')
            name += '_';
    }
    if (name.empty() || (name.front() >= '0' && name.front() <= '9'))
        name.insert(0, "p_");
    name.resize(std::min(name.size(), longest));
    name.erase(name.find_last_not_of('_') + 1);
    return name;
}

void describe(option_set &command, init_arguments &a) {
    command.positional("DIR", a.folder, "The folder to write into; made when it is not there").required();
    command.footer(footer);
}

exit_code execute(const init_arguments &a, context &c) {
    const fs::path folder{a.folder};
    std::error_code problem;
    if (fs::exists(folder, problem) && !fs::is_directory(folder, problem))
        throw usage_error{a.folder + " is not a folder", "name a new one"};
    const auto files = embedded::starter();
    const auto name = pipeline_name_for(folder);
    for (const auto &file : files)
        if (fs::exists(fs::symlink_status(target_of(folder, file.name), problem)))
            throw usage_error{target_of(folder, file.name).string() + " is there already; nothing was written",
                              "name a new folder: files are never overwritten"};
    try {
        fs::create_directories(folder);
        for (const auto &file : files)
            write(target_of(folder, file.name), replaced(file.content, name_token, name));
    } catch (const fs::filesystem_error &e) {
        throw usage_error{"cannot write into " + a.folder + ": " + e.code().message(),
                          "name a folder that you may write to"};
    }
    for (const auto &file : files)
        c.out << "wrote " << target_of(folder, file.name).string() << '\n';
    c.out << "The pipeline is called " << name << ".\nTry: cd " << quoted(a.folder) << " && smelt run --dry-run\n";
    return exit_code::ok;
}

} // namespace smelt::cli
