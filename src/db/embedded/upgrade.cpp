#include "upgrade.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"
#include "smelt/base/text.hpp"

namespace smelt::db {
namespace {

namespace fs = std::filesystem;

/// Stands in a new cluster once pg_upgrade has filled it, and moves with it.
constexpr const char *marker = "smelt_upgraded";

installation old_programs(const std::vector<installation> &found, int major) {
    for (const auto &candidate : found)
        if (candidate.major == major)
            return candidate;
    const auto name = "postgresql-" + std::to_string(major);
    throw unavailable{"the upgrade needs the programs of PostgreSQL " + std::to_string(major) + " once more",
                      "apt install " + name + " (SMELT_PG_BIN must not be set), and run smelt db upgrade again"};
}

} // namespace

void finish_upgrade(const layout &at) {
    if (!fs::exists(at.fresh / marker))
        return;
    if (fs::exists(at.data))
        fs::rename(at.data, at.old);
    fs::rename(at.fresh, at.data);
    fs::remove(at.data / marker);
}

void upgrade_cluster(const layout &at, const identity &who) {
    const auto found = find_installations();
    const auto target = newest_installation(found);
    const auto major = cluster_major(at);
    const auto source = old_programs(found, major);
    if (fs::exists(at.old))
        throw usage_error{at.old.string() + " is in the way: the cluster of an earlier upgrade",
                          "remove it if you need it no more"};

    make_cluster(at, who, target, contents::empty);
    const auto work = at.root / "upgrade";
    fs::remove_all(work);
    run_program(who, {"/bin/mkdir", work}, at.root);
    const auto result = run_program(who,
                                    {target.bin / "pg_upgrade", "-b", source.bin, "-B", target.bin, "-d", at.data, "-D",
                                     at.fresh, "-U", "smelt", "-s", socket_folder(at)},
                                    work);
    if (result.status != 0)
        throw unavailable{"pg_upgrade refused: " + std::string{trim(result.output)},
                          "the database is unchanged; pg_upgrade's own files are in " + work.string()};
    fs::remove_all(work);
    write_for(who, at.fresh / marker, "");
    finish_upgrade(at);
    log::info("the private database was moved from PostgreSQL {} to {}; the old one is {}", major, target.major,
              at.old.string());
}

} // namespace smelt::db
