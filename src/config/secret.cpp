#include "command.hpp"
#include "reference.hpp"
#include "text_file.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"
#include "smelt/base/text.hpp"
#include "smelt/config/pipeline.hpp"

#include <algorithm>
#include <iterator>

namespace smelt::config {
namespace {

std::string from_environment(const std::string &name, const pipeline &p) {
    auto value = variable(name, p.dotenv);
    if (!value || trim(*value).empty())
        throw usage_error{"the API key's variable " + name + " is not set",
                          "export " + name + ", or put it into " + (p.folder / ".env").string()};
    return *value;
}

std::string from_file(const std::string &name, const pipeline &p) {
    const auto file = p.folder / name;
    auto text = read_text_file(file);
    using std::filesystem::perms;
    std::error_code ignored;
    const auto mode = std::filesystem::status(file, ignored).permissions();
    if ((mode & (perms::group_read | perms::others_read)) != perms::none)
        log::warn("the API key's file {} can be read by other users: chmod 600 it", file.string());
    return text;
}

std::string from_command(const std::vector<std::string> &argv, const pipeline &p) {
    constexpr std::chrono::seconds limit{30};
    try {
        return first_line_of(argv, p.folder, limit);
    } catch (const usage_error &e) {
        throw usage_error{std::string{"the API key's command failed: "} + e.what(),
                          "run it by hand in " + p.folder.string()};
    }
}

/// The key becomes an HTTP header: one line of visible characters.
std::string checked(std::string_view text, const std::string &where) {
    const auto key = trim(text);
    if (key.empty())
        throw usage_error{where + " is empty"};
    const auto visible = [](char c) { return c > ' ' && c < 0x7F; };
    if (!std::all_of(key.begin(), key.end(), visible))
        throw usage_error{where + " holds blanks, line breaks or other characters that no API key has"};
    return std::string{key};
}

} // namespace

std::string resolve_secret(const secret_spec &spec, const pipeline &p) {
    if (!spec.env.empty())
        return checked(from_environment(spec.env, p), "the API key in the variable " + spec.env);
    if (!spec.file.empty())
        return checked(from_file(spec.file, p), "the API key in the file " + (p.folder / spec.file).string());
    if (!spec.command.empty())
        return checked(from_command(spec.command, p), "the API key printed by " + spec.command.front());
    return {};
}

} // namespace smelt::config
