#pragma once

#include "smelt/cli/context.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace smelt::cli {

/// Where an export goes: standard output, or a file that appears under its name only when it is whole. Without finish()
/// the temporary file beside it is removed. Throws reader_gone when a pipe's reader left.
class output_file {
  public:
    /// An empty path or "-" means standard output.
    output_file(context &c, const std::string &path);
    ~output_file();
    output_file(const output_file &) = delete;
    output_file &operator=(const output_file &) = delete;

    void write(std::string_view bytes);
    void finish();
    /// Closes the file until the next write, so that many may be under way.
    void pause();
    /// Where the file is written until it is finished; empty for standard output, devices and pipes.
    [[nodiscard]] const std::filesystem::path &temporary() const { return temporary_; }

  private:
    void open_temporary();
    void reopen();
    [[noreturn]] void fail(int code, const std::string &doing) const;

    context &context_;
    std::filesystem::path target_;    ///< empty: standard output
    std::filesystem::path temporary_; ///< empty: written in place (a device or pipe), or finished
    int descriptor_ = -1;
};

} // namespace smelt::cli
