#include "migration_plan.hpp"

#include "smelt/base/hash.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace smelt::db {
namespace {

migration parse(const embedded::file &file) {
    const auto name = file.name.substr(file.name.rfind('/') + 1);
    int number = 0;
    const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (problem != std::errc{} || end == name.data() + name.size() || *end != '_')
        throw std::logic_error{"a migration is not named NNNN_name.sql: " + std::string{file.name}};
    return {number, name, file.content};
}

[[noreturn]] void newer_database(const applied_migration &row) {
    throw usage_error{"the database is newer than this smelt: it holds migration " + row.name,
                      "use the newer smelt that migrated it"};
}

[[noreturn]] void changed(const applied_migration &row) {
    throw usage_error{"the database was made by a development version of smelt: its migration " + row.name +
                          " differs from this one's",
                      "export what you need with the version that made it, then use a fresh database; this smelt "
                      "has changed nothing"};
}

} // namespace

std::vector<migration> migrations_of(std::span<const embedded::file> files) {
    std::vector<migration> out;
    for (const auto &file : files)
        out.push_back(parse(file));
    std::ranges::sort(out, {}, &migration::number);
    for (std::size_t i = 0; i < out.size(); ++i)
        if (out[i].number != static_cast<int>(i) + 1)
            throw std::logic_error{"migration numbers are not dense: " + std::string{out[i].name}};
    return out;
}

std::vector<migration> all_migrations() {
    return migrations_of(embedded::migrations());
}

std::vector<migration> missing_migrations(const std::vector<migration> &known,
                                          const std::vector<applied_migration> &done) {
    for (std::size_t i = 0; i < done.size(); ++i) {
        if (i >= known.size() || done[i].number > static_cast<int>(known.size()))
            newer_database(done.back());
        if (done[i].number != known[i].number)
            throw usage_error{"smelt.migration lacks number " + std::to_string(known[i].number),
                              "its rows were edited by hand; restore them, or use a fresh database"};
        if (done[i].checksum != sha256_hex(known[i].sql))
            changed(done[i]);
    }
    return {known.begin() + static_cast<std::ptrdiff_t>(done.size()), known.end()};
}

} // namespace smelt::db
