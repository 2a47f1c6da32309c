#pragma once

#include "pipeline_fixture.hpp"

#include <memory>
#include <string>
#include <vector>

namespace smelt::test {

/// Where the runs of a soak are: all on this machine, or each on a host of its own.
///
/// A host is a network namespace that scripts/soak --hosts has made, with a name, a SMELT_HOME and process numbers of
/// its own. It reaches database and service through one address, and its cable can be pulled.
class soak_hosts {
  public:
    /// As SMELT_SOAK_HOSTS says: that many hosts, or without it `otherwise` runs on this machine.
    soak_hosts(pipeline_fixture &f, std::size_t otherwise);

    [[nodiscard]] std::size_t count() const { return count_; }
    [[nodiscard]] bool apart() const { return apart_; }
    /// What the i-th of them runs.
    [[nodiscard]] command smelt_command(std::size_t i, std::vector<std::string> arguments) const;
    /// Packets vanish, connections stay: neither side learns anything.
    static void cut(std::size_t i);
    static void mend(std::size_t i);

    /// What the pipeline file needs so that hosts reach the service.
    static void adapt(pipeline_fixture::options &o);

  private:
    pipeline_fixture &fixture_;
    bool apart_;
    std::size_t count_;
    std::vector<std::unique_ptr<process>> relays_;
};

} // namespace smelt::test
