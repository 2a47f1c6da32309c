#pragma once

#include "smelt/cli/context.hpp"
#include "smelt/config/settings.hpp"
#include "smelt/db/connection.hpp"

#include <functional>
#include <string>
#include <vector>

namespace smelt::cli {

/// One line of smelt doctor.
struct finding {
    enum class level { ok, warn, fail };
    level how = level::ok;
    std::string check;   ///< what was looked at, one or two words
    std::string message; ///< what was seen
    std::string advice;  ///< what to do; empty when all is well
};

/// Collects findings; a check that throws becomes a failed one, and the others go on.
class findings {
  public:
    void ok(std::string check, std::string message) {
        all_.push_back({finding::level::ok, std::move(check), std::move(message), {}});
    }
    void warn(std::string check, std::string message, std::string advice);
    /// A warning of what stands still until somebody has done something.
    void needs_person(std::string check, std::string message, std::string advice);
    void fail(std::string check, std::string message, std::string advice);
    /// Runs body; what it throws becomes a failure of the check with the error's hint as advice. False when it threw.
    bool guard(const std::string &check, const std::function<void()> &body);

    [[nodiscard]] const std::vector<finding> &all() const { return all_; }
    /// What the command ends with.
    [[nodiscard]] exit_code code() const;

  private:
    std::vector<finding> all_;
    bool waits_for_person_ = false;
};

/// Versions of the binary and its libraries.
void check_program(findings &f);
/// SMELT_HOME and the spool folder: writable, and room on the disk.
void check_folders(const config::settings &s, findings &f);
/// The server and the schema. The connection, or empty when there is no use in asking the database anything.
std::unique_ptr<db::connection> check_database(const config::settings &s, findings &f);
/// Holds, unknown batches, dead leases, views. Needs a current schema.
void check_work(db::connection &c, findings &f);
/// The whole ledger, recomputed.
/// What may be spent, and what is.
void check_budgets(db::connection &c, findings &f);
void check_deep(db::connection &c, findings &f);
/// A pipeline file, its tasks and its key. connection may be null: then only a file can be looked at.
void check_pipeline(const std::string &argument, db::connection *connection, findings &f);

} // namespace smelt::cli
