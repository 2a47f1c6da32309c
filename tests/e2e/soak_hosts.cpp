#include "soak_hosts.hpp"

#include "catch.hpp"

#include <cstdlib>

namespace smelt::test {
namespace {

// scripts/soak gives this address to the bridge between the hosts.
constexpr const char *address = "10.77.0.1";
constexpr const char *database_port = "6432";
constexpr const char *service_port = "8080";

std::string name_of(std::size_t i) {
    return "smelt-host-" + std::to_string(i + 1);
}

const char *wanted() {
    return std::getenv("SMELT_SOAK_HOSTS");
}

/// Simulator and database listen on loopback and on a socket alone; the hosts come through these.
std::unique_ptr<process> relay(const std::string &port, const std::string &to) {
    return std::make_unique<process>(
        command{.program = "/usr/bin/socat",
                .arguments = {"TCP-LISTEN:" + port + ",bind=" + address + ",reuseaddr,fork", to},
                .timeout = std::chrono::hours{24}});
}

/// The value of a word in "host=... port=...".
std::string part_of(const std::string &conninfo, const std::string &name) {
    const auto start = conninfo.find(name + '=') + name.size() + 1;
    return conninfo.substr(start, conninfo.find(' ', start) - start);
}

void link(std::size_t i, const char *state) {
    REQUIRE(run({.program = "/usr/sbin/ip", .arguments = {"link", "set", name_of(i), state}}).status == 0);
}

} // namespace

soak_hosts::soak_hosts(pipeline_fixture &f, std::size_t otherwise)
    : fixture_{f}, apart_{wanted() != nullptr}, count_{apart_ ? std::strtoul(wanted(), nullptr, 10) : otherwise} {
    if (!apart_)
        return;
    const auto &database = f.database().conninfo();
    const auto socket = part_of(database, "host") + "/.s.PGSQL." + part_of(database, "port");
    relays_.push_back(relay(database_port, "UNIX-CONNECT:" + socket));
    relays_.push_back(relay(service_port, "TCP:127.0.0.1:" + f.simulator().port()));
}

void soak_hosts::adapt(pipeline_fixture::options &o) {
    if (wanted() == nullptr)
        return;
    o.base_url = std::string{"http://"} + address + ':' + service_port + "/v1";
    o.provider += ", allow_plain_http: true";
}

command soak_hosts::smelt_command(std::size_t i, std::vector<std::string> arguments) const {
    auto plain = fixture_.smelt_command(std::move(arguments));
    if (!apart_)
        return plain;
    auto &last = plain.arguments.back();
    last =
        std::string{"host="} + address + " port=" + database_port + " user=smelt " + last.substr(last.find("dbname="));
    plain.environment["SMELT_HOME"] = (fixture_.folder() / name_of(i)).string();
    std::vector<std::string> inside{"netns",        "exec",
                                    name_of(i),     "unshare",
                                    "--uts",        "--pid",
                                    "--fork",       "--kill-child",
                                    "--mount-proc", "sh",
                                    "-c",           "hostname \"$0\"; exec \"$@\"",
                                    name_of(i),     plain.program.string()};
    inside.insert(inside.end(), plain.arguments.begin(), plain.arguments.end());
    plain.program = "/usr/sbin/ip";
    plain.arguments = std::move(inside);
    return plain;
}

void soak_hosts::cut(std::size_t i) {
    link(i, "down");
}

void soak_hosts::mend(std::size_t i) {
    link(i, "up");
}

} // namespace smelt::test
