#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// How far two lists of labels agree. Pure functions.
namespace smelt::actions {

/// A label in the form in which labels are compared: numbers by value ("1.0" is "1"), A to Z in small letters, blanks
/// at the ends gone.
std::string as_label(std::string_view text);

struct class_figures {
    std::string label;
    std::int64_t expected = 0; ///< how often it is right
    std::int64_t answered = 0; ///< how often it was answered
    std::int64_t right = 0;    ///< both
    /// right / answered and right / expected; 0 of nothing, as scikit-learn has it.
    [[nodiscard]] double precision() const;
    [[nodiscard]] double recall() const;
    [[nodiscard]] double f1() const;
};

/// Counts pairs of labels. With more than 50 different labels, or one of more than 60 bytes, or a list or an object, a
/// field is no choice among classes: only how many agree is known.
class agreement {
  public:
    void add(const std::string &expected, const std::string &answered);

    [[nodiscard]] std::int64_t pairs() const { return pairs_; }
    [[nodiscard]] std::int64_t right() const { return right_; }
    [[nodiscard]] double accuracy() const;
    [[nodiscard]] bool has_classes() const { return !is_overflowing_; }

    // Of classes:
    /// In the order of their labels, with those that were only answered.
    [[nodiscard]] std::vector<class_figures> classes() const;
    [[nodiscard]] const std::map<std::pair<std::string, std::string>, std::int64_t> &confusion() const {
        return counts_;
    }
    /// What one would be right with by always answering the most frequent label, and that label.
    [[nodiscard]] std::pair<double, std::string> majority_baseline() const;
    /// The mean of the classes' F1.
    [[nodiscard]] double macro_f1() const;
    /// Krippendorff's alpha for nominal labels of two coders: 1 full agreement, 0 as by chance. Nothing where all
    /// labels are the same, for then chance explains everything.
    [[nodiscard]] std::optional<double> alpha() const;

  private:
    void give_up();
    std::map<std::pair<std::string, std::string>, std::int64_t> counts_; ///< by expected and answered
    std::map<std::string, std::int64_t> labels_;                         ///< of both sides
    std::int64_t pairs_ = 0, right_ = 0;
    bool is_overflowing_ = false;
};

/// What several labels of one thing come to.
struct resolved_label {
    std::optional<std::string> label; ///< nothing: no label is more frequent than all others
    bool is_unanimous = true;
};
resolved_label resolve(const std::vector<std::string> &labels);

} // namespace smelt::actions
