#include "invocation.hpp"

#include "lifecycle.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace smelt::orchestrator {

invocation::invocation(const config::settings &s, std::string database, const run_options &o, const progress_sink &r)
    : settings{s}, conninfo{std::move(database)}, options{o}, report{r}, db{conninfo, "smelt run", 3} {}

invocation::~invocation() = default;

invocation::unfinished::~unfinished() {
    if (--run_.unfinished_ == 0 && run_.end_)
        boost::asio::post(run_.io, std::exchange(run_.end_, nullptr));
}

void invocation::stop(std::function<void()> end) {
    stopping = true;
    if (unfinished_ == 0)
        end();
    else
        end_ = std::move(end);
}

} // namespace smelt::orchestrator
