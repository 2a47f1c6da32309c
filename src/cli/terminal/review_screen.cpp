#include "review_screen.hpp"

#include "editor.hpp"
#include "keyboard.hpp"

#include "smelt/base/text.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/cli/review_report.hpp"

#include <chrono>
#include <ostream>
#include <unistd.h>

namespace smelt::cli {
namespace {

constexpr const char *keys_before = "a accept  e edit  r reject, ask again  f fail  s skip  u undo  ";
constexpr const char *keys_after = "  q quit";
constexpr const char *clear_screen = "\x1b[H\x1b[2J";

class review_screen {
  public:
    review_screen(actions::review_session &session, std::string pipeline, context &c)
        : session_{session}, pipeline_{std::move(pipeline)}, context_{c}, keyboard_{[this] { session_.renew(); }} {}

    void run() {
        do {
            while (const auto *answer = session_.current()) {
                if (!is_shown_)
                    show(*answer);
                const auto key = keyboard_.key();
                if (!key || *key == 'q')
                    return;
                act(*key, *answer);
            }
        } while (takes_last_back());
    }

  private:
    void show(const store::shown_answer &answer) {
        keyboard::flush();
        const auto looks = inspect_terminal(STDOUT_FILENO, !context_.out_terminal.colour);
        review_progress progress{pipeline_, session_.given() + passed_ + 1, session_.total(), whole_};
        progress.total = std::max(progress.total, progress.number);
        context_.out << clear_screen << render_review(answer, session_.definition(), progress, looks) << '\n';
        if (!note_.empty())
            context_.out << paint(printable(note_), style::warn, looks.colour) << '\n';
        const auto keys = std::string{keys_before} + (whole_ ? "m less" : "m more") + keys_after;
        for (const auto &line : wrap(keys, looks.width == 0 ? keys.size() : looks.width))
            context_.out << paint(line, style::faint, looks.colour) << '\n';
        context_.out << std::flush;
        note_.clear();
        is_shown_ = true;
        if (!whole_)
            shown_at_ = std::chrono::steady_clock::now();
    }

    /// The last verdict can be taken back, too.
    bool takes_last_back() {
        if (session_.given() == 0)
            return false;
        keyboard::flush();
        context_.out << "\nThat was the last one. u takes your verdict back, any other key ends." << std::endl;
        if (const auto key = keyboard_.key(); !key || *key != 'u')
            return false;
        undo();
        return true;
    }

    void act(char key, const store::shown_answer &answer) {
        switch (key) {
        case 'a':
            return moved(session_.accept(seconds()), "accepted");
        case 'e':
            return edit(answer);
        case 'r':
        case 'f':
            return reject(key == 'f');
        case 's':
            session_.pass_over();
            ++passed_;
            return next();
        case 'u':
            return undo();
        case 'm':
            whole_ = !whole_;
            is_shown_ = false;
            return;
        default:
            return;
        }
    }

    /// For what is indented by two.
    [[nodiscard]] static std::size_t line_width() {
        const auto width = inspect_terminal(STDOUT_FILENO, true).width;
        return width > 2 ? width - 2 : std::size_t{80};
    }

    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>{std::chrono::steady_clock::now() - shown_at_}.count();
    }

    void next() {
        whole_ = false;
        is_shown_ = false;
    }

    void moved(bool kept, const std::string &verdict) {
        note_ = "The answer before was " + verdict + ".";
        if (!kept) {
            note_ = "The answer before was judged or replaced by somebody else meanwhile; your verdict was not kept.";
            ++passed_;
        }
        next();
    }

    void undo() {
        const bool was_given = session_.given() > 0;
        note_ = "Taken back.";
        if (!session_.undo())
            note_ = was_given ? "The last verdict stays: something has come of it since."
                              : "There is no verdict of this review to take back.";
        next();
    }

    void reject(bool for_good) {
        const auto reason = keyboard_.line(for_good ? "Why does it fail? (empty: back) "
                                                    : "What is wrong? The model is told. (empty: back) ");
        const auto words = std::string{trim(reason.value_or(""))};
        if (words.empty())
            is_shown_ = false;
        else
            moved(session_.reject(words, for_good, seconds()), for_good ? "failed" : "rejected");
    }

    /// Until the edit is valid, or is given up.
    void edit(const store::shown_answer &answer) {
        try {
            edit_until_valid(answer);
        } catch (const usage_error &e) {
            note_ = std::string{e.what()} + "; nothing was kept";
            is_shown_ = false;
        }
    }

    void edit_until_valid(const store::shown_answer &answer) {
        const auto &definition = session_.definition();
        const auto before = actions::editable_text(answer, definition);
        edited_file file{before, definition.output.is_null() ? ".txt" : ".json"};
        for (;;) {
            keyboard_.pause();
            try {
                file.edit([this] { session_.renew(); });
            } catch (const usage_error &) {
                keyboard_.resume();
                throw;
            }
            keyboard_.resume();
            if (file.text() == before) {
                note_ = "The answer is as it was; nothing was kept.";
                is_shown_ = false;
                return;
            }
            const auto checked = session_.check(file.text());
            if (checked.is_valid())
                return moved(session_.edit(checked, seconds()), "edited");
            if (!edit_again(checked)) {
                is_shown_ = false;
                return;
            }
        }
    }

    bool edit_again(const orchestrator::judged_answer &checked) {
        keyboard::flush();
        context_.out << "\nThis is not valid:\n";
        for (const auto &f : checked.findings)
            if (f.hard)
                for (const auto &line : wrap(f.message, line_width()))
                    context_.out << "  " << line << '\n';
        context_.out << "e edits it again, any other key gives it up" << std::endl;
        const auto key = keyboard_.key();
        return key && *key == 'e';
    }

    actions::review_session &session_;
    std::string pipeline_;
    context &context_;
    keyboard keyboard_;
    std::int64_t passed_ = 0;
    std::string note_; ///< shown once
    bool is_shown_ = false;
    bool whole_ = false;
    std::chrono::steady_clock::time_point shown_at_;
};

} // namespace

void run_review(actions::review_session &session, const std::string &pipeline, context &c) {
    review_screen{session, pipeline, c}.run();
}

} // namespace smelt::cli
