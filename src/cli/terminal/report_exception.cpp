#include "smelt/base/text.hpp"
#include "smelt/cli/command_line.hpp"
#include "smelt/cli/terminal.hpp"
#include "smelt/db/sql_problem.hpp"

#include <new>
#include <ostream>

namespace smelt::cli {
namespace {

/// Messages may quote what a server or a file said, so they are made safe to print line by line.
void print(std::ostream &err, std::string_view message, std::string_view hint) {
    std::string prefix = "smelt: ";
    for (message = trim(message); !message.empty();) {
        const auto end = message.find('\n');
        err << prefix << printable(message.substr(0, end)) << '\n';
        message.remove_prefix(end == std::string_view::npos ? message.size() : end + 1);
        prefix = "  ";
    }
    if (!hint.empty())
        err << "  hint: " << printable(hint) << '\n';
}

} // namespace

exit_code report_exception(std::ostream &err) {
    try {
        db::rethrow_sql_problem(std::current_exception());
    } catch (const reader_gone &e) {
        return e.code();
    } catch (const error &e) {
        print(err, e.what(), e.hint());
        return e.code();
    } catch (const std::bad_alloc &) {
        print(err, "there is not enough memory", "");
        return exit_code::usage;
    } catch (const std::exception &e) {
        print(err, std::string{"this should not happen: "} + e.what(),
              "what is stored is safe; look with: smelt doctor, and please report the message");
        return exit_code::usage;
    } catch (...) {
        print(err, "this should not happen: an unknown error", "what is stored is safe; look with: smelt doctor");
        return exit_code::usage;
    }
}

} // namespace smelt::cli
