#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace smelt::test {

/// A folder that goes with the object.
class temp_folder {
  public:
    temp_folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "smelt-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr)
            throw std::filesystem::filesystem_error{"mkdtemp", pattern, {errno, std::generic_category()}};
        path_ = pattern;
    }
    ~temp_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temp_folder(const temp_folder &) = delete;
    temp_folder &operator=(const temp_folder &) = delete;

    [[nodiscard]] const std::filesystem::path &path() const { return path_; }

    /// Writes a file below the folder and returns its path.
    std::filesystem::path write(const std::filesystem::path &name, const std::string &content) const {
        const auto file = path_ / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream{file, std::ios::binary} << content;
        return file;
    }

    [[nodiscard]] std::string read(const std::filesystem::path &name) const {
        std::ifstream in{path_ / name, std::ios::binary};
        return {std::istreambuf_iterator<char>{in}, {}};
    }

  private:
    std::filesystem::path path_;
};

} // namespace smelt::test
