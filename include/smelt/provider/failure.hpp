#pragma once

#include "smelt/base/error.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

/// What it means when a service does not do what it was asked. Statuses, codes and words are understood in the folder
/// of whoever uses them (src/provider/openai, ...); everybody else goes by the kind.
namespace smelt::provider {

enum class failure_kind : std::uint8_t {
    unclear,     ///< a gateway's page, a status that nobody explains: proves nothing
    unreachable, ///< nothing left this machine
    busy,        ///< refused for now: waiting helps
    quota,       ///< money, or a limit that waiting does not raise
    key,         ///< whoever has this key may not
    not_found,   ///< the address, the model, or what an id names
    request,     ///< what was sent is invalid, in the service's own words; for the errors of a batch: all of it is
    unsupported, ///< the service has no such call
};

struct failure {
    failure_kind kind = failure_kind::unclear;
    int status = 0;      ///< HTTP status when there was one
    std::string code;    ///< the service's own
    std::string message; ///< for people, clipped
    std::optional<std::chrono::milliseconds> retry_after;
};

/// A refusal that meets every request of the account, whatever it asks for.
[[nodiscard]] bool concerns_account(failure_kind kind);
/// What ends only when somebody has done something.
[[nodiscard]] bool needs_person(failure_kind kind);
/// The service has refused what it was asked: it has done nothing, and it has given a reason.
[[nodiscard]] bool is_refusal(failure_kind kind);

/// The service answered an idempotent call with an error after retries.
class provider_error : public error {
  public:
    explicit provider_error(failure why) : error{why.message}, failure_{std::move(why)} {}
    [[nodiscard]] const failure &why() const noexcept { return failure_; }
    [[nodiscard]] failure_kind kind() const noexcept { return failure_.kind; }
    [[nodiscard]] exit_code code() const noexcept override { return exit_code::unavailable; }

  private:
    failure failure_;
};

} // namespace smelt::provider
