#include "catch.hpp"
#include "step_fixture.hpp"

#include "smelt/base/hash.hpp"
#include "smelt/store/holds.hpp"
#include "smelt/store/items.hpp"
#include "smelt/store/runners.hpp"

using namespace smelt;
using namespace smelt::test;
using namespace std::chrono_literals;

namespace {

/// A pipeline with three claimable items, and runs that work on it.
struct store_fixture : step_fixture {
    runner_id runner() {
        return write([](db::transaction &tx) {
            return store::runners{tx}.begin({"host", "boot", ++pids, 1, "pid:[1]"}, 1min);
        });
    }
    /// A batch of this run with so many items claimed, in state building.
    store::fence batch(runner_id r, std::int64_t items, std::int64_t *claimed = nullptr) {
        const auto &p = pipeline();
        const auto &task = p.tasks.front();
        return write([&](db::transaction &tx) {
            const auto made = store::batches{tx}.begin(
                {p.id, task.id, task.version, 0, p.services.front()->account, r, random_nonce(), "m", "", 0});
            const auto n = store::items{tx}.claim(p.id, task.id, 0, made.batch, items, std::nullopt);
            if (claimed != nullptr)
                *claimed = n;
            return made;
        });
    }
    std::vector<store::batch_row> taken_by(runner_id r) {
        return write([&](db::transaction &tx) { return store::batches{tx}.take(r, {pipeline().id.value}); });
    }
    std::vector<store::active_hold> holds(const std::string &key) {
        return write([&](db::transaction &tx) {
            return store::holds{tx}.active(pipeline().tasks.front().id, 0, pipeline().services.front()->account, key);
        });
    }
    std::string claimable() { return value("SELECT count(*) FROM smelt.item WHERE claimable"); }
    static inline int pids = 100;
};

} // namespace

TEST_CASE_METHOD(store_fixture, "items are claimed by one batch each, and no more than there are") {
    const auto r = runner();
    std::int64_t first = 0, second = 0, third = 0;
    const auto one = batch(r, 2, &first);
    const auto other = batch(r, 2, &second);
    batch(r, 2, &third);
    CHECK(first == 2);
    CHECK(second == 1);
    CHECK(third == 0);
    CHECK(value("SELECT count(DISTINCT record_id) FROM smelt.item WHERE batch_id IN (" +
                std::to_string(one.batch.value) + ", " + std::to_string(other.batch.value) + ")") == "3");
}

TEST_CASE_METHOD(store_fixture, "a batch that another run has taken is closed to its former holder") {
    const auto first = runner();
    const auto second = runner();
    const auto mine = batch(first, 3);
    CHECK(taken_by(second).empty()); // its holder lives
    write([&](db::transaction &tx) {
        store::runners{tx}.end(first);
        return 0;
    });
    const auto taken = taken_by(second);
    REQUIRE(taken.size() == 1);
    CHECK(taken[0].epoch > mine.epoch);
    const auto abandon = [&](store::fence f) {
        write([&](db::transaction &tx) {
            store::batches{tx}.abandon(f, "why");
            return 0;
        });
    };
    CHECK_THROWS_AS(abandon(mine), store::fenced_off);
    CHECK(claimable() == "0");
    abandon(taken[0].current_fence());
    CHECK(claimable() == "3");
    CHECK_THROWS_AS(abandon(taken[0].current_fence()), store::fenced_off); // what has ended is nobody's
}

TEST_CASE_METHOD(store_fixture, "what is abandoned is requeued with nothing spent") {
    const auto mine = batch(runner(), 3);
    write([&](db::transaction &tx) {
        store::batches{tx}.abandon(mine, "why");
        return 0;
    });
    CHECK(value("SELECT sum(attempts) + sum(deliveries) FROM smelt.item") == "0");
    CHECK(value("SELECT count(*) FROM smelt.item WHERE batch_id IS NOT NULL") == "0");
}

TEST_CASE_METHOD(store_fixture, "a late duplicate is taken up only when nothing of it was sent again") {
    const auto r = runner();
    const auto lost = batch(r, 3);
    write([&](db::transaction &tx) {
        store::batches table{tx};
        table.built(lost, {3, 3, 0, 0, 0, {}});
        table.submitting(lost, "file", 1min, "key 1");
        table.unknown(lost, "no answer");
        table.abandon(lost, "not listed");
        return 0;
    });
    const auto readopted = [&] {
        return write([&](db::transaction &tx) { return store::batches{tx}.readopt(lost.batch, r, "batch_late"); });
    };
    SECTION("nothing was") {
        CHECK(readopted());
        CHECK(claimable() == "0");
        CHECK(value("SELECT state FROM smelt.batches WHERE remote_id = 'batch_late'") == "open");
    }
    SECTION("one item was") {
        batch(r, 1);
        CHECK_FALSE(readopted());
        CHECK(claimable() == "2");
    }
}

TEST_CASE_METHOD(store_fixture, "a hold of a key holds whoever uses it, until it is lifted for another") {
    const auto place = [&](std::optional<task_id> task, const std::string &key) {
        write([&](db::transaction &tx) {
            const auto account = task ? std::nullopt : std::optional{pipeline().services.front()->account};
            store::holds{tx}.place(pipeline().id, {task, {}, account}, "refused", "no", std::nullopt, key);
            return 0;
        });
    };
    place(std::nullopt, "key 1");
    CHECK(holds("key 1").size() == 1);
    CHECK(holds("key 2").empty());
    CHECK(holds("").size() == 1);
    write([&](db::transaction &tx) {
        store::holds{tx}.lift_old_key(pipeline().id, pipeline().services.front()->account, "key 2");
        return 0;
    });
    CHECK(holds("key 1").empty());
    place(pipeline().tasks.front().id, "");
    CHECK(holds("key 1").size() == 1);
    CHECK(write([&](db::transaction &tx) { return store::holds{tx}.lift(pipeline().id); }).size() == 1);
    CHECK(holds("key 1").empty());
}
