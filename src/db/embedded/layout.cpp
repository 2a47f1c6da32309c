#include "layout.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/hash.hpp"
#include "smelt/base/text.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace smelt::db {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void cannot(const std::string &what, const fs::path &where) {
    throw unavailable{"cannot " + what + " " + where.string() + ": " + std::strerror(errno),
                      "set SMELT_HOME to a folder that you may write, or name a database with DATABASE_URL or --db"};
}

void give_to(const identity &who, const fs::path &where) {
    if (who.switch_user && ::lchown(where.c_str(), who.uid, who.gid) != 0)
        cannot("change the owner of", where);
}

bool is_private_folder_of(const identity &who, const fs::path &where) {
    struct stat found {};
    return ::lstat(where.c_str(), &found) == 0 && S_ISDIR(found.st_mode) && found.st_uid == who.uid &&
           (found.st_mode & 077U) == 0;
}

/// False when something stands there that is not a private folder of this user. It appears under its name with its
/// owner already, since others may be looking.
bool make_private_folder(const identity &who, const fs::path &where) {
    struct stat found {};
    if (::lstat(where.c_str(), &found) == 0)
        return is_private_folder_of(who, where);
    const fs::path fresh = where.string() + ".new-" + std::to_string(::getpid());
    ::rmdir(fresh.c_str());
    if (::mkdir(fresh.c_str(), 0700) != 0)
        cannot("make the folder", where);
    give_to(who, fresh);
    if (::rename(fresh.c_str(), where.c_str()) != 0)
        ::rmdir(fresh.c_str()); // somebody was faster
    return is_private_folder_of(who, where);
}

fs::path short_folder(const layout &at, const identity &who) {
    const auto digest = sha256_hex(at.root.string() + '\n' + std::to_string(who.uid)).substr(0, 12);
    for (int i = 0; i < 100; ++i) {
        const fs::path candidate = "/tmp/smelt-" + digest + (i == 0 ? "" : "-" + std::to_string(i));
        if (make_private_folder(who, candidate))
            return candidate;
    }
    throw unavailable{"no private folder for the server's socket can be made below /tmp",
                      "set SMELT_HOME to a shorter path: sockets need one of at most 107 bytes"};
}

} // namespace

layout::layout(const fs::path &home)
    : root{fs::absolute(home).lexically_normal() / "pg"},
      data{root / "data"},
      fresh{root / "data.new"},
      old{root / "data.old"},
      log{root / "log"},
      lock{root / "lock"},
      settings{root / "smelt.conf"},
      own_settings{root / "local.conf"},
      socket_record{root / "socket_folder"} {}

bool socket_fits(const fs::path &folder) {
    return (folder / ".s.PGSQL.5432").string().size() < sizeof(sockaddr_un::sun_path);
}

void prepare_root(const layout &at, const identity &who) {
    std::error_code problem;
    fs::create_directories(at.root.parent_path(), problem);
    if (problem) {
        errno = problem.value();
        cannot("make the folder", at.root.parent_path());
    }
    if (!make_private_folder(who, at.root))
        throw unavailable{at.root.string() + " does not belong to user " + who.name + " alone",
                          "it was made by another user; use that one, or set SMELT_HOME to another folder"};
    if (!can_enter(who, at.root))
        throw unavailable{"the user " + who.name + ", who runs the database server, cannot reach " + at.root.string(),
                          "set SMELT_HOME to a folder below one that everybody may enter, such as /var/lib/smelt"};
}

fs::path prepare_socket_folder(const layout &at, const identity &who) {
    auto folder = at.root / "s";
    if (!socket_fits(folder))
        folder = short_folder(at, who);
    else if (!make_private_folder(who, folder))
        throw unavailable{folder.string() + " is not a private folder of user " + who.name, "remove it"};
    write_for(who, at.socket_record, folder.string() + '\n');
    return folder;
}

fs::path socket_folder(const layout &at) {
    const auto recorded = read_text(at.socket_record);
    return recorded.empty() ? at.root / "s" : fs::path{trim(recorded)};
}

void write_for(const identity &who, const fs::path &file, const std::string &content) {
    const fs::path fresh = file.string() + ".new";
    ::unlink(fresh.c_str());
    {
        std::ofstream out{fresh, std::ios::binary};
        if (!(out << content) || !out.flush())
            cannot("write", fresh);
    }
    give_to(who, fresh);
    if (::rename(fresh.c_str(), file.c_str()) != 0)
        cannot("write", file);
}

std::string read_text(const fs::path &file) {
    std::ifstream in{file, std::ios::binary};
    std::ostringstream out;
    if (in)
        out << in.rdbuf();
    return out.str();
}

} // namespace smelt::db
