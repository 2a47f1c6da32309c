// Figures of agreement and calibration, compared with what scikit-learn and the krippendorff package say of the same
// labels (tests/data/agreement.json, made by scripts/record-agreement).

#include "catch.hpp"

#include "smelt/actions/agreement.hpp"
#include "smelt/actions/calibration.hpp"
#include "smelt/base/json.hpp"

#include <fstream>

using namespace smelt;
using namespace smelt::actions;

namespace {

agreement counted(const json &expected, const json &answered) {
    agreement out;
    for (std::size_t i = 0; i < expected.size(); ++i)
        out.add(expected[i].get<std::string>(), answered[i].get<std::string>());
    return out;
}

judged_scores scores_of(std::initializer_list<std::pair<double, bool>> all) {
    judged_scores out;
    for (const auto &[score, good] : all)
        out.push_back({score, good});
    return out;
}

} // namespace

TEST_CASE("accuracy, precision, recall, F1 and alpha are those of scikit-learn and krippendorff") {
    std::ifstream in{SMELT_SOURCE_DIR "/tests/data/agreement.json"};
    const auto recorded = json::parse(in);
    REQUIRE(recorded["samples"].size() >= 20);
    for (const auto &sample : recorded["samples"]) {
        const auto got = counted(sample["expected"], sample["answered"]);
        INFO(sample["name"]);
        CHECK(got.accuracy() == Approx(sample["accuracy"].get<double>()).margin(1e-12));
        CHECK(got.macro_f1() == Approx(sample["macro_f1"].get<double>()).margin(1e-12));
        const auto classes = got.classes();
        REQUIRE(classes.size() == sample["classes"].size());
        for (std::size_t i = 0; i < classes.size(); ++i) {
            const auto &wanted = sample["classes"][i];
            CHECK(classes[i].label == wanted["label"].get<std::string>());
            CHECK(classes[i].expected == wanted["support"].get<std::int64_t>());
            CHECK(classes[i].precision() == Approx(wanted["precision"].get<double>()).margin(1e-12));
            CHECK(classes[i].recall() == Approx(wanted["recall"].get<double>()).margin(1e-12));
            CHECK(classes[i].f1() == Approx(wanted["f1"].get<double>()).margin(1e-12));
        }
        CHECK(got.alpha().has_value() == !sample["alpha"].is_null());
        if (got.alpha())
            CHECK(*got.alpha() == Approx(sample["alpha"].get<double>()).margin(1e-12));
    }
}

TEST_CASE("labels are compared by value, and many different ones are no classes") {
    CHECK(as_label(" 1.0 ") == "1");
    CHECK(as_label("-0") == "0");
    CHECK(as_label("TRUE") == "true");
    CHECK(as_label("Peat bog ") == "peat bog");
    agreement long_ones;
    long_ones.add("a", std::string(61, 'x'));
    CHECK_FALSE(long_ones.has_classes());
    agreement lists;
    lists.add("[1]", "[1]");
    CHECK_FALSE(lists.has_classes());
    CHECK(lists.right() == 1);
    CHECK(as_label("1e3") == "1000");
    CHECK(as_label("12345678901234567890") == "12345678901234567890");
    agreement many;
    for (int i = 0; i < 100; ++i)
        many.add(std::to_string(i), std::to_string(i % 90));
    CHECK_FALSE(many.has_classes());
    CHECK(many.accuracy() == Approx(0.9));
    CHECK(agreement{}.accuracy() == 0);
    CHECK(agreement{}.majority_baseline().first == 0);
}

TEST_CASE("several labels of one thing: what all say, what most say, or nothing") {
    CHECK(resolve({"a"}).label == "a");
    CHECK(resolve({"a", "a"}).is_unanimous);
    CHECK(resolve({"a", "b", "a"}).label == "a");
    CHECK_FALSE(resolve({"a", "b", "a"}).is_unanimous);
    CHECK_FALSE(resolve({"a", "b"}).label);
    CHECK_FALSE(resolve({"b", "a", "a", "b"}).label);
    CHECK_FALSE(resolve({}).label);
}

TEST_CASE("the precision of reviews has Wilson's interval, by score band and above a threshold") {
    // From Wilson's formula by hand: 81 of 263 gives 0.2553 to 0.3662 (Brown, Cai, DasGupta 2001, section 1).
    const auto known = precision_of(81, 263);
    CHECK(known.low == Approx(0.2553).margin(5e-5));
    CHECK(known.high == Approx(0.3662).margin(5e-5));
    CHECK(precision_of(0, 0).high == 1);
    CHECK(precision_of(30, 30).high == Approx(1.0));
    CHECK(precision_of(30, 30).low == Approx(0.8865).margin(5e-5));
    const auto scores =
        scores_of({{1.0, true}, {0.95, true}, {static_cast<float>(0.7), true}, {0.65, false}, {0, false}});
    CHECK(precision_above(scores, 0.7F).good == 3);
    CHECK(precision_above(scores, 0.6).reviews == 4);
    const auto bands = score_bands(scores);
    REQUIRE(bands.size() == 4);
    CHECK(bands[0].from == Approx(0.9));
    CHECK(bands[0].precision.reviews == 2);
    CHECK(bands[1].from == Approx(0.7));
    CHECK(bands[3].precision.good == 0);
}

TEST_CASE("a threshold is the lowest score that keeps the target, and needs enough reviews") {
    judged_scores scores;
    for (int i = 0; i < 100; ++i)
        scores.push_back({0.9, true});
    for (int i = 0; i < 20; ++i)
        scores.push_back({0.8, i < 18});
    for (int i = 0; i < 50; ++i)
        scores.push_back({0.5, i % 2 == 0});
    CHECK(threshold_for(scores, 0.96) == 0.9);
    CHECK(threshold_for(scores, 0.9) == 0.8); // 118 of 120: not less than 0.941
    CHECK(threshold_for(scores, 0.5) == 0.5);
    CHECK_FALSE(threshold_for(scores, 0.99));
    scores.resize(29);
    CHECK_FALSE(threshold_for(scores, 0.1));
}
