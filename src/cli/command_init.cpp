#include "options.hpp"

#include "smelt/cli/commands.hpp"
#include "smelt/core/embedded.hpp"

#include <filesystem>
#include <fstream>
#include <ostream>

namespace smelt::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "src/cli/starter/";

constexpr const char *footer =
    R"(Writes a small pipeline with every section explained, its prompt, its schema and a few records
to try it on. Nothing that exists is overwritten.

Example:
  smelt init papers && cd papers && smelt run --dry-run

)";

fs::path target_of(const fs::path &folder, std::string_view name) {
    return folder / (name.starts_with(prefix) ? name.substr(prefix.size()) : name);
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

} // namespace

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
    for (const auto &file : files)
        if (fs::exists(fs::symlink_status(target_of(folder, file.name), problem)))
            throw usage_error{target_of(folder, file.name).string() + " is there already; nothing was written",
                              "name a new folder: files are never overwritten"};
    try {
        fs::create_directories(folder);
        for (const auto &file : files)
            write(target_of(folder, file.name), file.content);
    } catch (const fs::filesystem_error &e) {
        throw usage_error{"cannot write into " + a.folder + ": " + e.code().message(),
                          "name a folder that you may write to"};
    }
    for (const auto &file : files)
        c.out << "wrote " << target_of(folder, file.name).string() << '\n';
    c.out << "Try: cd " << a.folder << " && smelt run --dry-run\n";
    return exit_code::ok;
}

} // namespace smelt::cli
