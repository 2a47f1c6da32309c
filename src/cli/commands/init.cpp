#include "cli/options.hpp"
#include "cli/starter_for.hpp"

#include "smelt/base/embedded.hpp"
#include "smelt/base/hash.hpp"
#include "smelt/base/text.hpp"
#include "smelt/cli/commands.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/source/sketch.hpp"

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

With --from the pipeline is made for a file of yours: where its records are, which field tells them
apart, a prompt that shows their fields, and a schema to begin with.

Examples:
  smelt init papers && cd papers && smelt run --dry-run
  smelt init reviews --from reviews.csv

)";

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
        name.insert(0, name.empty() ? "p_" + sha256_hex(place.string()).substr(0, 6) : "p_");
    name.resize(std::min(name.size(), longest));
    name.erase(name.find_last_not_of('_') + 1);
    return name;
}

void describe(option_set &command, init_arguments &a) {
    command.positional("DIR", a.folder, "The folder to write into; made when it is not there").required();
    command.text("--from", "FILE", a.from, "A CSV, JSON or JSONL file: write a pipeline for its records").not_empty();
    command.footer(footer);
}

namespace {

/// The small example, with the pipeline's name in it.
std::vector<starter_file> example(const std::string &pipeline) {
    std::vector<starter_file> files;
    for (const auto &file : embedded::starter()) {
        auto name = std::string{file.name.starts_with(prefix) ? file.name.substr(prefix.size()) : file.name};
        files.push_back({std::move(name), replaced(file.content, name_token, pipeline)});
    }
    return files;
}

/// As the pipeline in `folder` names it.
std::string path_from(const fs::path &folder, const fs::path &file) {
    const auto absolute = fs::absolute(file).lexically_normal();
    const auto relative = absolute.lexically_relative(fs::absolute(folder).lexically_normal());
    return relative.empty() ? absolute.string() : relative.string();
}

std::string describe_key(const config::key_spec &key) {
    switch (key.type) {
    case config::key_spec::kind::fields:
        return "The key is " + printable(key.fields.front()) + ": no two records have the same.";
    case config::key_spec::kind::hash:
        return "No field is plainly a key, so it is a hash of all that every record has.";
    case config::key_spec::kind::row:
        break;
    }
    return "The key is the number of the record in the file, because no field stands in all of them.";
}

/// Their names, as many as a line or two can hold.
std::string names_of(const std::vector<source::sketched_field> &fields) {
    constexpr std::size_t most = 12, longest = 40;
    std::string names;
    for (std::size_t i = 0; i < fields.size() && i < most; ++i)
        names += (i > 0 ? ", " : "") + std::string{clip_utf8(printable(fields[i].name), longest)};
    return names + (fields.size() > most ? ", ..." : "");
}

std::string findings(const source::sketch &found, const std::string &file) {
    auto text = "Looked at " + (found.is_whole ? std::string{} : std::string{"the first "}) +
                count_of(found.records, "record") + " of " + file + ", with " +
                count_of(static_cast<std::int64_t>(found.fields.size()), "field") + ": " + names_of(found.fields) +
                ".\n" + describe_key(found.source.key);
    if (!found.why_no_key.empty())
        text += " (" + printable(found.why_no_key) + ".)";
    return text;
}

/// Files of a repository, which somebody may have already.
bool may_stay(const std::string &name) {
    return name == ".gitignore" || name == ".env.example";
}

/// Those that are not there yet. Throws usage_error, before anything is written, for another one that is.
std::vector<const starter_file *> to_write(const fs::path &folder, const std::vector<starter_file> &files,
                                           std::ostream &out) {
    std::vector<const starter_file *> chosen;
    for (const auto &file : files) {
        const auto path = folder / file.name;
        std::error_code problem;
        if (!fs::exists(fs::symlink_status(path, problem)))
            chosen.push_back(&file);
        else if (!may_stay(file.name))
            throw usage_error{path.string() + " is there already; nothing was written",
                              "name a new folder: files are never overwritten"};
        else
            out << "kept " << path.string() << ", which is there already\n";
    }
    return chosen;
}

void write_all(const fs::path &folder, const std::vector<starter_file> &files, std::ostream &out) {
    const auto chosen = to_write(folder, files, out);
    try {
        fs::create_directories(folder);
        for (const auto *file : chosen)
            write(folder / file->name, file->content);
    } catch (const fs::filesystem_error &e) {
        throw usage_error{"cannot write into " + folder.string() + ": " + e.code().message(),
                          "name a folder that you may write to"};
    }
    for (const auto *file : chosen)
        out << "wrote " << (folder / file->name).string() << '\n';
}

} // namespace

exit_code execute(const init_arguments &a, context &c) {
    if (a.folder.empty())
        throw usage_error{"DIR is empty", "name a folder"};
    const fs::path folder{a.folder};
    std::error_code problem;
    if (fs::exists(folder, problem) && !fs::is_directory(folder, problem))
        throw usage_error{a.folder + " is not a folder", "name a new one"};
    const auto name = pipeline_name_for(folder);
    if (a.from.empty()) {
        write_all(folder, example(name), c.out);
    } else {
        const auto found = source::sketch_file(a.from);
        write_all(folder, starter_for(found, name, path_from(folder, a.from)), c.out);
        c.out << findings(found, a.from)
              << "\nWrite into prompts/extract.md what you want to know, and into "
                 "schemas/extract.json what the answer looks like.\n";
    }
    const auto way =
        a.folder == "." ? std::string{} : "cd " + quoted((a.folder.starts_with('-') ? "./" : "") + a.folder) + " && ";
    c.out << "The pipeline is called " << name << ".\nTry: " << way << "smelt run --dry-run\n";
    return exit_code::ok;
}

} // namespace smelt::cli
