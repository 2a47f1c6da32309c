#include "smelt/store/retention.hpp"

#include "sql/retention.hpp"
#include "statements.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smelt::store {
namespace {

constexpr std::int64_t pause_ms = 24LL * 60 * 60 * 1000;

std::optional<std::int64_t> count_of(const std::optional<std::chrono::milliseconds> &age) {
    return age ? std::optional{static_cast<std::int64_t>(age->count())} : std::nullopt;
}

std::string definition_of(const config::retention_spec &spec) {
    return fmt::format("{} {} {}", count_of(spec.raw).value_or(-1), count_of(spec.rejected).value_or(-1),
                       count_of(spec.replaced).value_or(-1));
}

std::int64_t youngest_of(const config::retention_spec &spec) {
    std::optional<std::int64_t> least;
    for (const auto &age : {spec.raw, spec.rejected, spec.replaced})
        if (age && (!least || age->count() < *least))
            least = age->count();
    return least.value_or(0);
}

} // namespace

bool retention::is_due() {
    return spec_.of_answers() &&
           tx_.exec_one(sql::retain_is_due, pipeline_.value, definition_of(spec_), pause_ms)[0].as<bool>();
}

retention::step retention::go_on(std::int64_t most) {
    const auto at = tx_.exec(sql::retain_begin, pipeline_.value, definition_of(spec_), pause_ms);
    if (at.empty())
        return {0, 0, true};
    const auto batch = at[0][0].as<int>();
    step done;
    if (batch > 0) {
        const auto row = tx_.exec_one(sql::retain_attempts, pipeline_.value, batch, at[0][1].as<std::int64_t>(), most,
                                      count_of(spec_.raw), count_of(spec_.rejected), count_of(spec_.replaced));
        done.looked = integer(row["looked"]);
        done.removed = integer(row["removed"]);
        if (done.looked == most) {
            tx_.exec(sql::retain_reached, pipeline_.value, batch, integer(row["last"]));
            return done;
        }
    }
    const auto next = tx_.exec(sql::retain_next_batch, pipeline_.value, batch, youngest_of(spec_));
    done.is_over = next.empty();
    if (done.is_over)
        tx_.exec(sql::retain_end, pipeline_.value);
    else
        tx_.exec(sql::retain_reached, pipeline_.value, next[0][0].as<int>(), 0);
    return done;
}

std::int64_t retention::would_free() {
    const auto answers = tx_.exec_one(sql::retain_frees, pipeline_.value, count_of(spec_.raw), count_of(spec_.rejected),
                                      count_of(spec_.replaced));
    const auto fetched = tx_.exec_one(sql::retain_frees_fetched, pipeline_.value, count_of(spec_.fetched));
    return integer(answers[0]) + integer(fetched[0]);
}

std::int64_t retention::remove_fetched(std::int64_t most) {
    if (!spec_.fetched)
        return 0;
    return integer(tx_.exec_one(sql::retain_fetched, pipeline_.value, count_of(spec_.fetched), most)[0]);
}

} // namespace smelt::store
