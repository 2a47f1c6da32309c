#include "doctor.hpp"

#include "smelt/cli/version.hpp"

#include <boost/version.hpp>
#include <openssl/crypto.h>

#include <filesystem>
#include <unistd.h>

namespace smelt::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t megabyte = 1'000'000;
constexpr std::uintmax_t scarce = 1000 * megabyte; ///< less than a few batches and their results
constexpr std::uintmax_t too_little = 100 * megabyte;

/// The folder itself, or the nearest one above it that exists: it decides whether the folder can be made.
fs::path nearest_existing(fs::path folder) {
    std::error_code ignored;
    while (!fs::exists(folder, ignored) && folder.has_relative_path())
        folder = folder.parent_path();
    return folder;
}

void check_writable(const std::string &check, const fs::path &folder, findings &f) {
    std::error_code ignored;
    const auto existing = nearest_existing(folder);
    if (!fs::is_directory(existing, ignored))
        f.fail(check, existing.string() + " is not a folder", "move it away, or set SMELT_HOME to another folder");
    else if (::access(existing.c_str(), W_OK | X_OK) != 0)
        f.fail(check, existing.string() + " is not writable",
               "give this user the folder, or set SMELT_HOME to another one");
    else
        f.ok(check, folder.string() + (existing == folder ? "" : " (made when needed)"));
}

std::string megabytes(std::uintmax_t bytes) {
    return std::to_string(bytes / megabyte) + " MB free";
}

} // namespace

void check_program(findings &f) {
    std::string boost = BOOST_LIB_VERSION; // "1_81"
    for (auto &c : boost)
        if (c == '_')
            c = '.';
    f.ok("program", "smelt " + std::string{version} + " with libpqxx " PQXX_VERSION ", Boost " + boost + ", " +
                        OpenSSL_version(OPENSSL_VERSION));
}

void check_folders(const config::settings &s, findings &f) {
    check_writable("home", s.home, f);
    check_writable("spool", s.spool(), f);
    f.guard("disk", [&] {
        const auto room = fs::space(nearest_existing(s.spool()));
        if (room.available < too_little)
            f.fail("disk", megabytes(room.available) + " where the spool is",
                   "free some space: batches are written there before they are sent");
        else if (room.available < scarce)
            f.warn("disk", megabytes(room.available) + " where the spool is",
                   "a batch and its results may need a few hundred MB each");
        else
            f.ok("disk", megabytes(room.available) + " where the spool is");
    });
}

} // namespace smelt::cli
