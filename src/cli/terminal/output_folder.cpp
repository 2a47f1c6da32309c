#include "output_folder.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace smelt::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_open = 200;
constexpr std::size_t longest_name = 120;

/// Of a source file: without its folders and the ending that says how it was written.
std::string stem_of_source(const std::string &file) {
    const fs::path path{file};
    constexpr std::array<std::string_view, 5> endings{".csv", ".tsv", ".jsonl", ".json", ".txt"};
    const bool is_known = std::ranges::find(endings, path.extension().string()) != endings.end();
    return (is_known ? path.stem() : path.filename()).string();
}

} // namespace

std::string safe_file_name(std::string_view text) {
    std::string name;
    for (const char c : text) {
        const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == '\x7F';
        name += is_control || std::string_view{"/\\:*?\"<>|"}.find(c) != std::string_view::npos ? '_' : c;
    }
    name = clip_utf8(name, longest_name);
    if (name.starts_with('.'))
        name.front() = '_';
    for (auto at = name.size(); at > 0 && (name[at - 1] == '.' || name[at - 1] == ' '); --at)
        name[at - 1] = '_';
    return name.empty() ? "none" : name;
}

struct output_folder::part_file {
    part_file(context &c, const fs::path &path) : file{c, path.string()} {}
    output_file file;
    std::unique_ptr<actions::table_writer> table;
    bool is_open = true;
    std::uint64_t used = 0;
};

output_folder::output_folder(context &c, fs::path folder, const actions::table_options &options,
                             std::vector<std::string> by, std::vector<std::string> names)
    : context_{c}, folder_{std::move(folder)}, options_{options}, by_{std::move(by)}, names_{std::move(names)} {
    std::error_code problem;
    fs::create_directories(folder_, problem);
    if (problem || !fs::is_directory(folder_))
        throw usage_error{folder_.string() + " cannot be made a folder: " +
                              (problem ? problem.message() : std::string{"there is a file of this name"}),
                          "with --by, -o names a folder"};
}

output_folder::~output_folder() = default;

actions::table_writer &output_folder::part(const std::vector<std::string> &values) {
    const auto known = parts_.find(values);
    auto &part = known == parts_.end() ? open(values) : *known->second;
    part.used = ++clock_;
    if (!part.is_open) {
        part.is_open = true;
        ++open_;
    }
    make_room();
    return *part.table;
}

output_folder::part_file &output_folder::open(const std::vector<std::string> &values) {
    const bool is_workbook = options_.format == actions::table_format::xlsx;
    if (is_workbook && parts_.size() == most_open)
        throw usage_error{"more than 200 parts cannot be written as workbooks at once", "write CSV"};
    auto made = std::make_unique<part_file>(context_, path_of(values));
    auto &file = made->file;
    made->table = is_workbook ? actions::make_workbook(file.temporary(), names_)
                              : actions::make_text_table(options_, names_,
                                                         [&file](std::string_view piece) { file.write(piece); });
    ++open_;
    return *parts_.emplace(values, std::move(made)).first->second;
}

fs::path output_folder::path_of(const std::vector<std::string> &values) {
    auto path = folder_;
    for (std::size_t i = 0; i < values.size(); ++i)
        path /= name_in(path, by_[i], values[i], i + 1 == values.size());
    fs::create_directories(path.parent_path());
    return path;
}

std::string output_folder::name_in(const fs::path &folder, const std::string &by, const std::string &value,
                                   bool is_last) {
    auto &given = given_[{folder.string(), value}];
    if (!given.empty())
        return given;
    const auto name = safe_file_name(by == "source_file" ? stem_of_source(value) : value);
    const auto ending = is_last ? actions::ending_of(options_.format) : std::string{};
    given = name + ending;
    for (int n = 2; !taken_.insert(lower_ascii((folder / given).string())).second; ++n)
        given = name + "-" + std::to_string(n) + ending;
    return given;
}

/// Closes the file that was not written to for the longest time.
void output_folder::make_room() {
    if (open_ <= most_open || options_.format == actions::table_format::xlsx)
        return;
    part_file *oldest = nullptr;
    for (auto &[values, part] : parts_)
        if (part->is_open && (oldest == nullptr || part->used < oldest->used))
            oldest = part.get();
    oldest->table->flush();
    oldest->file.pause();
    oldest->is_open = false;
    --open_;
}

void output_folder::finish() {
    for (auto &[values, part] : parts_)
        part->table->finish();
    for (auto &[values, part] : parts_) {
        part->file.finish();
        part->file.pause();
    }
}

} // namespace smelt::cli
