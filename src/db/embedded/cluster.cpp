#include "cluster.hpp"

#include "settings.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"
#include "smelt/base/text.hpp"

#include <fstream>

namespace smelt::db {
namespace {

namespace fs = std::filesystem;

void append(const fs::path &file, const std::string &text) {
    std::ofstream out{file, std::ios::app};
    if (!(out << text) || !out.flush())
        throw unavailable{"cannot write " + file.string(), "is the disk full?"};
}

void run_or_throw(const identity &who, const layout &at, const std::vector<std::string> &argv,
                  std::string_view input = {}) {
    const auto result = run_program(who, argv, at.root, input);
    // A server in single-user mode reports a failed statement only in its output.
    const bool failed = result.status != 0 || result.output.find("ERROR:") != std::string::npos ||
                        result.output.find("FATAL:") != std::string::npos;
    if (failed)
        throw unavailable{"the private database cannot be made: " + argv.front() +
                              " said: " + std::string{trim(result.output)},
                          "is there space below " + at.root.string() + "?"};
}

} // namespace

bool cluster_exists(const layout &at) {
    return fs::exists(at.data / "PG_VERSION");
}

int cluster_major(const layout &at) {
    return major_version(read_text(at.data / "PG_VERSION"));
}

void write_settings(const layout &at, const identity &who) {
    const auto socket = prepare_socket_folder(at, who);
    write_for(who, at.settings, server_settings(this_machine(at.root), socket));
    if (!fs::exists(at.own_settings))
        write_for(who, at.own_settings,
                  "# PostgreSQL settings of your own; they win over smelt.conf. Smelt never "
                  "changes this file.\n");
}

void make_cluster(const layout &at, const identity &who, const installation &programs, contents with) {
    log::info("making a private PostgreSQL {} database in {}", programs.major, at.data.string());
    fs::remove_all(at.fresh);
    run_or_throw(who, at,
                 {programs.bin / "initdb", "-D", at.fresh, "-U", "smelt", "-A", "trust", "-E", "UTF8", "--locale=C",
                  "--data-checksums", "--no-instructions"});
    append(at.fresh / "postgresql.conf", "\ninclude '../smelt.conf'\ninclude_if_exists '../local.conf'\n");
    // The socket's folder is private, so whoever gets there is the owner or root.
    write_for(who, at.fresh / "pg_hba.conf", "local all all trust\n");
    write_settings(at, who);
    if (with == contents::database)
        run_or_throw(who, at, {programs.bin / "postgres", "--single", "-D", at.fresh, "template1"},
                     "CREATE DATABASE smelt\n");
}

} // namespace smelt::db
