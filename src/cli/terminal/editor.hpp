#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace smelt::cli {

/// A text in a file of its own, which only its owner may read, for the user's editor (VISUAL, EDITOR, else vi). The
/// file goes with it.
class edited_file {
  public:
    /// ending: ".json", ...
    edited_file(const std::string &text, const std::string &ending);
    ~edited_file();
    edited_file(const edited_file &) = delete;
    edited_file &operator=(const edited_file &) = delete;

    /// Opens the editor and waits until it ends; calls meanwhile now and then. Throws usage_error when it cannot be
    /// run, or ends with an error.
    void edit(const std::function<void()> &meanwhile);
    [[nodiscard]] std::string text() const;

  private:
    std::filesystem::path path_;
};

} // namespace smelt::cli
