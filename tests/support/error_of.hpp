#pragma once

#include <string>

namespace smelt::test {

/// The exception that the call throws, as "what | hint"; "no error" when it throws none.
template <class Error, class Call>
std::string error_of(Call call) {
    try {
        call();
    } catch (const Error &e) {
        return std::string{e.what()} + " | " + e.hint();
    }
    return "no error";
}

} // namespace smelt::test
