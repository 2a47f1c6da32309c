#include "disk.hpp"

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace smelt::sim {

file_handle open_file(const std::filesystem::path &path, const char *mode) {
    file_handle file{std::fopen(path.c_str(), mode)};
    if (!file)
        throw std::system_error{errno, std::generic_category(), path.string()};
    return file;
}

void write_all(std::FILE *file, std::string_view bytes) {
    // fwrite may not be given a null pointer, which is what an empty view may hold.
    if (!bytes.empty() && std::fwrite(bytes.data(), 1, bytes.size(), file) != bytes.size())
        throw std::system_error{errno, std::generic_category(), "cannot write"};
}

void replace_file(const std::filesystem::path &path, std::string_view content) {
    const std::filesystem::path fresh = path.string() + ".new";
    {
        const file_handle file = open_file(fresh, "wb");
        write_all(file.get(), content);
        if (std::fflush(file.get()) != 0)
            throw std::system_error{errno, std::generic_category(), fresh.string()};
    }
    std::filesystem::rename(fresh, path);
}

namespace {

std::string read_whole(const std::filesystem::path &path) {
    std::error_code missing;
    const auto size = std::filesystem::file_size(path, missing);
    if (missing)
        return {};
    const file_handle file = open_file(path, "rb");
    std::string text(size, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file.get()));
    return text;
}

} // namespace

json read_json(const std::filesystem::path &path) {
    const std::string text = read_whole(path);
    if (text.empty())
        return nullptr;
    json value = json::parse(text, nullptr, false);
    if (value.is_discarded())
        throw std::runtime_error{path.string() + ": not JSON"};
    return value;
}

std::vector<std::uint64_t> read_hashes(const std::filesystem::path &path) {
    const std::string bytes = read_whole(path);
    std::vector<std::uint64_t> hashes(bytes.size() / sizeof(std::uint64_t));
    std::copy_n(bytes.data(), hashes.size() * sizeof(std::uint64_t), reinterpret_cast<char *>(hashes.data()));
    return hashes;
}

void replace_hashes(const std::filesystem::path &path, const std::vector<std::uint64_t> &hashes) {
    replace_file(path, {reinterpret_cast<const char *>(hashes.data()), hashes.size() * sizeof(std::uint64_t)});
}

hash_journal::hash_journal(const std::filesystem::path &path) : file_{open_file(path, "ab")} {
    std::setvbuf(file_.get(), nullptr, _IONBF, 0);
}

void hash_journal::append(std::uint64_t hash) {
    write_all(file_.get(), {reinterpret_cast<const char *>(&hash), sizeof hash});
}

} // namespace smelt::sim
