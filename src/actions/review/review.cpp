#include "smelt/actions/review.hpp"

#include "smelt/actions/calibration.hpp"
#include "smelt/actions/named.hpp"
#include "smelt/base/error.hpp"
#include "smelt/base/json.hpp"
#include "smelt/base/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace smelt::actions {
namespace {

/// How long an answer stays one person's that is shown and not judged.
constexpr std::chrono::minutes lease_length{2};
constexpr std::int64_t queue_length = 200;

/// The score from which on the reviews so far promise the precision. Throws usage_error with what they do promise.
double threshold_of(db::connection &c, const store::pipeline_row &pipeline, task_id task, double target) {
    db::transaction tx{c, {.read_only = true}};
    const auto scores = store::reviews{tx, pipeline.id}.scores(task);
    if (const auto found = threshold_for(scores, target))
        return *found;
    const auto all = precision_above(scores, 0);
    throw usage_error{
        fmt::format("the reviews so far promise a precision of {} for no score: {} review{}, {} accepted as {}", target,
                    all.reviews, all.reviews == 1 ? "" : "s", all.good, all.good == 1 ? "it was" : "they were"),
        fmt::format(
            "judge answers of every score: smelt review {} --sample 100 (before smelt approve: what it accepts is "
            "judged)",
            pipeline.name)};
}

bool is_same(const store::review_candidate &a, const store::review_candidate &b) {
    return a.task == b.task && a.record == b.record;
}

} // namespace

review_plan plan_review(db::connection &c, const store::pipeline_row &pipeline, const review_request &request) {
    review_plan plan;
    const auto only = find_task(c, pipeline, request.task);
    std::optional<std::vector<std::string>> keys;
    for (const auto &one : choose_items(c, pipeline, only, request.records)) {
        plan.choice.tasks.push_back(one.task.id.value);
        keys = one.keys;
    }
    if (!request.records.where.empty() && plan.choice.tasks.size() > 1)
        throw usage_error{"--where looks at the items of one task", "say which: --task TASK"};
    if (request.target && plan.choice.tasks.size() > 1)
        throw usage_error{"--target-precision is about the scores of one task", "say which: --task TASK"};
    plan.choice.keys = std::move(keys);
    plan.choice.below = request.below;
    plan.choice.any_score = request.sample.has_value();
    if (request.target)
        plan.choice.below = plan.threshold =
            threshold_of(c, pipeline, task_id{plan.choice.tasks.front()}, *request.target);
    return plan;
}

review_session::review_session(db::connection &c, const store::pipeline_row &pipeline, const review_request &request)
    : connection_{c},
      pipeline_{pipeline.id},
      plan_{plan_review(c, pipeline, request)},
      limit_{request.sample ? request.sample : request.limit} {
    db::transaction tx{connection_};
    store::reviews reviews{tx, pipeline_};
    who_ = {request.reviewer, reviews.new_token()};
    total_ = reviews.count(plan_.choice, who_.token);
    if (limit_)
        total_ = std::min(total_, *limit_);
}

review_session::~review_session() {
    try {
        db::transaction tx{connection_};
        store::reviews{tx, pipeline_}.end_leases(who_.token);
        tx.commit();
    } catch (const std::exception &e) {
        log::debug("the leases of a review run out by themselves: {}", e.what());
    }
}

void review_session::refill() {
    db::transaction tx{connection_, {.read_only = true}};
    const auto most = queue_length + static_cast<std::int64_t>(passed_.size());
    for (const auto &one : store::reviews{tx, pipeline_}.candidates(plan_.choice, who_.token, most))
        if (std::ranges::none_of(passed_, [&](const auto &passed) { return is_same(passed, one); }))
            queue_.push_back(one);
}

void review_session::take(const store::review_candidate &one) {
    db::transaction tx{connection_};
    store::reviews reviews{tx, pipeline_};
    if (!reviews.lease(one, who_, lease_length))
        return;
    auto shown = reviews.show(one.task, {one.record.value});
    if (shown.empty()) {
        passed_.push_back(one); // its record was deleted
        return;
    }
    tx.commit();
    current_ = std::move(shown.front());
    place_ = one;
}

const store::shown_answer *review_session::current() {
    while (!current_) {
        if (limit_ && given() + static_cast<std::int64_t>(passed_.size()) >= *limit_)
            return nullptr;
        if (queue_.empty())
            refill();
        if (queue_.empty())
            return nullptr;
        const auto one = queue_.front();
        queue_.pop_front();
        take(one); // or somebody else has just taken it
    }
    return &*current_;
}

void review_session::leave() {
    current_.reset();
    place_.reset();
}

bool review_session::give(verdict_kind kind, store::verdict v, std::optional<double> seconds) {
    v.record = current_->record;
    v.batch = current_->batch;
    v.seconds = seconds;
    const auto place = *place_;
    db::transaction tx{connection_};
    store::reviews reviews{tx, pipeline_};
    const auto review = reviews.give(place.task, current_->version, kind, who_.name, {v}).front();
    reviews.end_lease(place.task, place.record, who_.token);
    tx.commit();
    leave();
    if (review)
        given_.push_back({place, *review, kind});
    else
        passed_.push_back(place);
    return review.has_value();
}

std::int64_t review_session::rejected() const {
    return std::ranges::count(given_, verdict_kind::rejected, &given_verdict::kind);
}

bool review_session::accept(std::optional<double> seconds) {
    return give(verdict_kind::accepted, {}, seconds);
}

bool review_session::reject(const std::string &reason, bool for_good, std::optional<double> seconds) {
    store::verdict v;
    v.reason = reason;
    return give(for_good ? verdict_kind::failed : verdict_kind::rejected, std::move(v), seconds);
}

orchestrator::judged_answer review_session::check(const std::string &text) {
    return judge_.judge(connection_, pipeline_, current_->version, current_->record, text);
}

bool review_session::edit(const orchestrator::judged_answer &checked, std::optional<double> seconds) {
    return give(verdict_kind::edited, edit_verdict(checked), seconds);
}

void review_session::renew() {
    if (!place_)
        return;
    try {
        db::transaction tx{connection_};
        store::reviews{tx, pipeline_}.lease(*place_, who_, lease_length);
        tx.commit();
    } catch (const std::exception &e) {
        log::debug("the answer on the screen is not kept for its reviewer: {}", e.what());
    }
}

std::int64_t review_session::with_others() {
    db::transaction tx{connection_, {.read_only = true}};
    return store::reviews{tx, pipeline_}.leased(who_.token);
}

void review_session::pass_over() {
    passed_.push_back(*place_);
    db::transaction tx{connection_};
    store::reviews{tx, pipeline_}.end_lease(place_->task, place_->record, who_.token);
    tx.commit();
    leave();
}

bool review_session::undo() {
    if (given_.empty())
        return false;
    const auto last = given_.back();
    {
        db::transaction tx{connection_};
        if (!store::reviews{tx, pipeline_}.undo(last.review))
            return false;
        tx.commit();
    }
    given_.pop_back();
    if (place_)
        queue_.push_front(*place_);
    leave();
    queue_.push_front(last.place);
    return true;
}

store::verdict edit_verdict(const orchestrator::judged_answer &checked) {
    store::verdict v;
    v.output = checked.output;
    v.score = checked.score;
    if (!checked.findings.empty())
        v.findings = extraction::to_json_text(checked.findings);
    return v;
}

std::string editable_text(const store::shown_answer &a, const task_definition &definition) {
    if (!definition.output.is_null())
        return a.output;
    const auto value = json::parse(a.output, nullptr, false);
    return value.is_string() ? value.get<std::string>() : a.output;
}

namespace {

/// Answers of one task that are at least so good, some at a time, so that no transaction is long.
void approve_task(db::connection &c, const store::pipeline_row &pipeline, const chosen_items &task,
                  const approval &wish, approved &done) {
    constexpr std::int64_t step = 5000;
    for (std::int64_t after = 0;;) {
        db::transaction tx{c, {.read_only = wish.dry_run}};
        store::reviews reviews{tx, pipeline.id};
        const auto found = reviews.approvable_from(task.task.id, wish.least, task.keys, after, step);
        if (found.empty())
            return;
        std::vector<store::verdict> verdicts(found.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
            verdicts[i].record = found[i].record;
            verdicts[i].batch = found[i].batch;
        }
        std::vector<std::optional<std::int64_t>> ids(found.size(), 0);
        if (!wish.dry_run)
            ids = reviews.give(task.task.id, {}, verdict_kind::approved, wish.reviewer, verdicts);
        tx.commit();
        for (std::size_t i = 0; i < found.size(); ++i) {
            done.answers += ids[i] ? 1 : 0;
            done.doubtful += ids[i] && found[i].is_doubtful ? 1 : 0;
        }
        after = found.back().record.value;
    }
}

} // namespace

approved approve(db::connection &c, const store::pipeline_row &pipeline, const approval &wish) {
    approved done;
    for (const auto &task : choose_items(c, pipeline, find_task(c, pipeline, wish.task), wish.records))
        approve_task(c, pipeline, task, wish, done);
    return done;
}

} // namespace smelt::actions
