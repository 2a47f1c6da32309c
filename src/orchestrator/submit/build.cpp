#include "build.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/config/expand.hpp"
#include "smelt/config/output_limit.hpp"
#include "smelt/orchestrator/decide.hpp"
#include "smelt/store/graph.hpp"
#include "smelt/store/items.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smelt::orchestrator {
namespace {

store::applied_line unsent_line(record_id record, cause_kind cause, std::string message) {
    store::applied_line line;
    line.record = record;
    line.cause = cause;
    line.outcome = outcome_of(cause);
    line.effect = effect_of(cause);
    line.message = std::move(message);
    return line;
}

} // namespace

std::string custom_id(const std::string &nonce, record_id record) {
    return nonce + "-" + to_base36(static_cast<std::uint64_t>(record.value));
}

task_definition expanded(const task_definition &definition, const config::pipeline &p, int rung) {
    auto sent = on_rung(definition, rung);
    sent.model = config::expand(sent.model, p);
    sent.params = config::expand(sent.params, p);
    return sent;
}

std::unique_ptr<provider::line_encoder> encoder_for(const provider::dialect &dialect, const registered_pipeline &p,
                                                    const registered_task &task, int rung, int cuts) {
    const auto &definition = task.ready->task.definition();
    try {
        auto sent = expanded(definition, *p.config, rung);
        if (const auto limit = config::output_limit_of(sent.params); limit && cuts > 0)
            sent.params[limit->param] = config::doubled(limit->tokens, cuts, config::most_output_tokens(sent.model));
        return dialect.encoder(sent);
    } catch (const file_error &) {
        throw;
    } catch (const usage_error &e) {
        const auto place = rung == 0               ? std::string{}
                           : rung == fallback_rung ? std::string{", where the fallback is asked"}
                                                   : ", " + rung_name(rung) + " of its ladder";
        throw file_error{p.config->file.string(), task.spec->line, "task " + definition.name + place + ": " + e.what(),
                         e.hint()};
    }
}

encoders::encoders(const provider::dialect &dialect, const registered_pipeline &p, const registered_task &task,
                   int rung)
    : dialect_{dialect}, pipeline_{p}, task_{task}, rung_{rung} {
    made_.emplace(0, encoder_for(dialect, p, task, rung));
}

const provider::line_encoder &encoders::after(int cuts) {
    const auto &definition = task_.ready->task.definition();
    if (definition.retry.truncated != when_truncated::twice)
        return *made_.at(0);
    auto &encoder = made_[cuts];
    if (!encoder)
        encoder = encoder_for(dialect_, pipeline_, task_, rung_, cuts);
    return *encoder;
}

namespace {

/// Takes claimed items one by one, and writes the requests of those that fit.
class batch_builder {
  public:
    batch_builder(const store::batch_row &b, const registered_task &task, encoders &encoders,
                  const request_ceilings &ceilings, const batch_limits &limits, spool_file &spool)
        : batch_{b},
          compiled_{task.ready->task},
          encoders_{encoders},
          ceilings_{ceilings},
          limits_{limits},
          spool_{spool},
          largest_{limits.tokens_alone > 0 ? std::min(limits.bytes, (limits.tokens_alone + 1) * bytes_per_token - 1)
                                           : limits.bytes} {}

    void add(const store::claimed_item &item) {
        ++streamed;
        if (!item.built_from.empty())
            dependents.push_back(item.record.value);
        if (!item.changed_at.empty()) {
            changed.push_back(item.record.value);
            changed_at.push_back(item.changed_at);
        }
        if (full_ || built.sent >= limits_.requests || !item.ready) {
            built.requeued.push_back(item.record.value);
            return;
        }
        if (!item.built_from.empty()) {
            rendered.push_back(item.record.value);
            built_from.push_back(item.built_from);
        }
        try {
            render(item);
        } catch (const extraction::render_error &e) {
            built.unsent.push_back(unsent_line(item.record, cause_kind::render, e.what()));
            return;
        }
        write(item);
    }

    built_batch built;
    std::int64_t streamed = 0;
    std::vector<std::int64_t> changed; ///< rendered from what their record holds since the claim
    std::vector<std::string> changed_at;
    std::vector<std::int64_t> dependents; ///< all of a task that needs others
    std::vector<std::int64_t> rendered;   ///< of these, what was rendered, also in vain, and from what
    std::vector<std::string> built_from;
    std::vector<std::int64_t> hidden_records; ///< of what is sent, and what its placeholders stand for
    std::vector<std::string> hidden_texts;

  private:
    void render(const store::claimed_item &item) {
        const extraction::feedback previous{item.previous_answer, item.previous_message};
        const bool with_feedback = compiled_.definition().retry.feedback && !item.previous_message.empty();
        line_.clear();
        hidden_.clear();
        const auto messages = compiled_.render(item.fields, with_feedback ? &previous : nullptr, &hidden_);
        encoders_.after(item.cuts).encode(custom_id(batch_.nonce, item.record), messages, line_);
    }

    void write(const store::claimed_item &item) {
        const auto size = static_cast<std::int64_t>(line_.size());
        if (size > largest_) {
            built.unsent.push_back(
                unsent_line(item.record, cause_kind::too_large,
                            fmt::format("the request alone has {} bytes; a batch may have {}", size, largest_)));
            return;
        }
        const auto tokens = (built.bytes + size) / bytes_per_token;
        full_ = built.bytes + size > limits_.bytes ||
                (limits_.tokens > 0 && tokens > limits_.tokens && built.sent > 0) ||
                (limits_.room > 0 && tokens > limits_.room);
        const auto may_cost = ceilings_.unknown().empty() ? ceilings_.of(size, item.cuts) : 0;
        const bool is_too_dear = !full_ && limits_.budget && may_cost > *limits_.budget - built.reserved;
        if (is_too_dear) {
            built.wanted = built.wanted == 0 ? may_cost : std::min(built.wanted, may_cost);
            full_ = ceilings_.least() > *limits_.budget - built.reserved; // else smaller ones may have room
        }
        if (full_ || is_too_dear) {
            built.requeued.push_back(item.record.value);
            return;
        }
        spool_.write(line_);
        if (auto texts = extraction::write_placeholders(hidden_); !texts.empty()) {
            hidden_records.push_back(item.record.value);
            hidden_texts.push_back(std::move(texts));
        }
        built.reserved = std::min(built.reserved + may_cost, most_picousd);
        built.ceilings.push_back(may_cost);
        built.bytes += size;
        ++built.sent;
        built.replaces += item.replaces ? 1 : 0;
    }

    const store::batch_row &batch_;
    const extraction::compiled_task &compiled_;
    encoders &encoders_;
    const request_ceilings &ceilings_;
    const batch_limits &limits_;
    spool_file &spool_;
    std::int64_t largest_; ///< bytes of one request
    std::string line_;
    extraction::placeholders hidden_;
    bool full_ = false;
};

} // namespace

built_batch build(db::transaction &tx, const store::batch_row &b, const registered_task &task, encoders &encoders,
                  const request_ceilings &ceilings, const batch_limits &limits, spool_file &spool) {
    batch_builder builder{b, task, encoders, ceilings, limits, spool};
    const auto add = [&](const store::claimed_item &item) {
        builder.add(item);
        return true;
    };
    store::items items{tx};
    items.stream(b.pipeline, b.task, b.id, task.needs, limits.in_order, add);
    store::graph graph{tx};
    if (!builder.dependents.empty())
        graph.lock_items(b.pipeline, b.task, b.id, builder.dependents);
    items.rendered_anew(b.pipeline, b.task, b.id, builder.changed, builder.changed_at);
    graph.built(b.pipeline, b.task, b.id, builder.rendered, builder.built_from);
    items.hide(b.pipeline, b.id, builder.hidden_records, builder.hidden_texts);
    if (builder.streamed < b.claimed)
        items.skip_recordless(b.pipeline, b.task, b.id);
    spool.finish();
    return std::move(builder.built);
}

} // namespace smelt::orchestrator
