#include "request_sample.hpp"

#include "orchestrator/submit/build.hpp"

#include "smelt/config/output_limit.hpp"
#include "smelt/store/items.hpp"

#include <algorithm>
#include <numeric>

namespace smelt::orchestrator {
namespace {

/// Of so many items all requests are rendered, of more so many chosen at random.
constexpr std::int64_t rendered_at_most = 20'000;
constexpr std::size_t records_named = 5;

/// Whether a request of so many bytes, with its answer, is more than the model can read.
class context_check {
  public:
    context_check(const task_definition &sent, std::optional<double> tokens_per_byte)
        : context_{config::context_tokens(sent.model)},
          per_byte_{tokens_per_byte.value_or(1.0 / static_cast<double>(bytes_per_token))} {
        if (const auto limit = config::output_limit_of(sent.params))
            answer_ = static_cast<double>(limit->tokens);
    }
    [[nodiscard]] bool is_too_long(std::size_t bytes) const {
        return context_ && static_cast<double>(bytes) * per_byte_ + answer_ > static_cast<double>(*context_);
    }

  private:
    std::optional<std::int64_t> context_;
    double per_byte_;
    double answer_ = 0;
};

} // namespace

std::optional<request_sizes> request_sample::sizes() {
    if (bytes.empty())
        return std::nullopt;
    const auto middle = bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 2);
    std::ranges::nth_element(bytes, middle);
    const auto sum = std::accumulate(bytes.begin(), bytes.end(), 0.0);
    return request_sizes{sum / static_cast<double>(bytes.size()), *middle};
}

request_sample render_sample(db::transaction &tx, pipeline_id p, const registered_task &task,
                             const task_definition &sent, const provider::line_encoder &encoder,
                             const request_sample_choice &choice) {
    const context_check context{sent, store::estimates{tx}.tokens_per_byte(task.id, sent.model)};
    request_sample out;
    const auto add = [&](const store::claimed_item &item) {
        std::string line;
        try {
            encoder.encode(custom_id(std::string(26, 'x'), item.record), task.ready->task.render(item.fields, nullptr),
                           line);
        } catch (const extraction::render_error &) {
            return true;
        }
        out.bytes.push_back(static_cast<double>(line.size()));
        if (context.is_too_long(line.size())) {
            ++out.too_long;
            if (out.too_long_records.size() < records_named)
                out.too_long_records.push_back(item.record.value);
        }
        if (out.first.empty())
            out.first = std::move(line);
        return true;
    };
    store::items items{tx};
    std::optional<std::vector<std::int64_t>> only;
    if (choice.sample || choice.claimable > rendered_at_most)
        only =
            items.sample(p, task.id, std::min(choice.sample.value_or(rendered_at_most), rendered_at_most), choice.seed);
    items.preview(p, task.id, choice.rung, std::min(choice.claimable, rendered_at_most), task.needs, only, add);
    return out;
}

} // namespace smelt::orchestrator
