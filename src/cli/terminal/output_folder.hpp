#pragma once

#include "output_file.hpp"

#include "smelt/actions/table_writer.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::cli {

/// A name for a file from any text, on any system: what file systems and shells refuse or misread (/ \ : * ? " < > |,
/// control characters, a dot at the begin, dots and blanks at the end) becomes _, no text becomes "none", and more than
/// 120 bytes are cut.
std::string safe_file_name(std::string_view text);

/// A folder of tables, one for each part of an export: the first columns of `by` make folders, the last one the file.
/// Two values whose safe names do not differ but for case get numbers. Files appear under their names when all are
/// whole; what else is in the folder stays.
class output_folder {
  public:
    /// names: of the columns of each table.
    output_folder(context &c, std::filesystem::path folder, const actions::table_options &options,
                  std::vector<std::string> by, std::vector<std::string> names);
    ~output_folder();
    output_folder(const output_folder &) = delete;
    output_folder &operator=(const output_folder &) = delete;

    actions::table_writer &part(const std::vector<std::string> &values);
    void finish();
    [[nodiscard]] std::size_t files() const { return parts_.size(); }

  private:
    struct part_file;
    part_file &open(const std::vector<std::string> &values);
    std::filesystem::path path_of(const std::vector<std::string> &values);
    std::string name_in(const std::filesystem::path &folder, const std::string &by, const std::string &value,
                        bool is_last);
    void make_room();

    context &context_;
    std::filesystem::path folder_;
    actions::table_options options_;
    std::vector<std::string> by_;
    std::vector<std::string> names_;
    std::map<std::vector<std::string>, std::unique_ptr<part_file>> parts_;
    std::map<std::pair<std::string, std::string>, std::string> given_; ///< name by folder and value
    std::set<std::string> taken_;                                      ///< paths, in lower case
    std::size_t open_ = 0;                                             ///< files
    std::uint64_t clock_ = 0;                                          ///< counts uses
};

} // namespace smelt::cli
