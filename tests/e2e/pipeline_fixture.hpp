#pragma once

#include "process.hpp"
#include "sim_server.hpp"
#include "temp_database.hpp"
#include "temp_folder.hpp"

#include "smelt/base/json.hpp"
#include "smelt/db/connection.hpp"

#include <memory>
#include <string>
#include <vector>

namespace smelt::test {

/// A small pipeline of its own in a temporary folder: a simulator, a database, N records, and the binary to run on
/// them.
class pipeline_fixture {
  public:
    struct options {
        int records = 100;
        std::vector<std::string> simulator{"--latency", "100ms", "--invalid-rate", "0"};
        std::string extra{}; ///< more YAML at the top level
        std::string task = default_task;
        std::string source = "{csv: records.csv, key: id}";
        std::string provider{}; ///< more members of `provider`, each after a comma
        std::string base_url{}; ///< instead of the simulator's
        std::string name = "openai";
        bool bills_too_much = false; ///< the simulator bills more tokens than requests allow
        /// Long enough for a loaded machine, short enough for a test.
        std::string timing =
            "{send_window: 2s, list_grace: 500ms, missing_wait: 400ms, lease: 5s, queue_full_hold: 300ms}";
    };
    static const char *const default_task;

    explicit pipeline_fixture(const options &o);

    /// `smelt ARGUMENTS...` with the pipeline's folder as current directory and its key in the environment.
    finished smelt(std::vector<std::string> arguments) const;
    [[nodiscard]] command smelt_command(std::vector<std::string> arguments) const;
    /// Runs until nothing is left in flight; fails the test when that does not end well.
    finished run_to_end() const;

    void write_records(int first, int last, const std::string &suffix = {});
    void write_pipeline(const std::string &task);
    /// The same pipeline under the name other, over this source, as other.yaml.
    void write_another(const std::string &source);
    /// One more section of the pipeline file.
    void add_section(const std::string &yaml);
    /// Without any such sections.
    void drop_sections();
    /// The file with this section alone is refused for this reason.
    void check_section_refused(const std::string &yaml, const std::string &why);

    /// One value of one row, as text.
    std::string sql(const std::string &query);
    void execute(const std::string &statement);
    /// Waits until the query says "t": a run is under way. Fails the test after 30 s.
    void wait_until(const std::string &query);
    /// Waits until a run stands at a failpoint inside of a transaction: other transactions are over within
    /// milliseconds. The failpoint's delay must be well above half a second.
    void wait_until_paused_in_transaction();
    /// Ends every connection of smelt to this database, as a server that goes away does.
    void end_connections();
    /// After a restart of the server.
    void reconnect();
    /// GET /sim/counters.
    json counters();
    /// POST /sim/faults: one rule, or an array of them.
    void fault(const std::string &rule);
    void forget_faults();

    /// The promises that hold at any moment, whatever happened before.
    void check_promises();
    /// Nothing is left to do, and every record is explained.
    void check_all_done(int records);

    sim_server &simulator() { return simulator_; }
    [[nodiscard]] temp_folder &files() { return folder_; }
    [[nodiscard]] const std::filesystem::path &folder() const { return folder_.path(); }
    [[nodiscard]] const temp_database &database() const { return database_; }

  private:
    [[nodiscard]] std::string yaml(const std::string &pipeline, const std::string &source,
                                   const std::string &task) const;

    options options_;
    temp_folder folder_;
    temp_database database_;
    sim_server simulator_;
    std::unique_ptr<db::connection> connection_;
};

} // namespace smelt::test
