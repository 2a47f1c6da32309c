#pragma once

#include "process.hpp"
#include "temp_folder.hpp"

#include <memory>

namespace smelt::test {

/// A smelt-sim of this test's own, on a free port, with its data in a folder that goes with it.
class sim_server {
  public:
    /// Options are added to --port 0 --data FOLDER. Throws when it does not say where it listens.
    explicit sim_server(std::vector<std::string> options = {});

    /// "http://127.0.0.1:PORT/v1"
    [[nodiscard]] const std::string &url() const { return url_; }
    [[nodiscard]] std::string port() const;
    /// Where it speaks like the provider of that name.
    [[nodiscard]] std::string url(const std::string &provider) const;
    [[nodiscard]] const std::filesystem::path &data() const { return folder_.path(); }
    [[nodiscard]] process &running() { return *process_; }

    /// What it answers at /sim/...; arguments are curl's. Throws when it refuses.
    std::string ask(const std::string &path, std::vector<std::string> arguments) const;
    /// POST /sim/faults: one rule, or an array of them.
    void fault(const std::string &rule) const { ask("/sim/faults", {"-d", rule}); }

    /// Ends it by this signal and starts it again on the same port with the same data.
    void restart(int signal);

  private:
    void start(const std::string &port);

    temp_folder folder_;
    std::vector<std::string> options_;
    std::string url_;
    std::unique_ptr<process> process_;
};

} // namespace smelt::test
