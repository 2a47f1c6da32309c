#pragma once

#include "members.hpp"

#include "smelt/base/json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Why a service refuses, in whatever shape it says so. Pure.
namespace smelt::provider {

struct reason {
    std::string code; ///< a word or digits; may be empty
    std::string message;
};

/// An error, or a whole body that holds one: text, {"error"}, {"detail"}, {"message"}, {"errors": []}, and these inside
/// of one another.
reason reason_in(const json &document);
reason reason_in(const node &document);

/// The same of a body that may also be a page or plain text. Empty when it says nothing.
reason reason_of(std::string_view body);

/// null, missing, "", {} and an object of such members say that there is no error.
const node *error_member(const node &object);

/// "CODE: MESSAGE", or what there is of both; nothing is said twice.
std::string sentence_of(const reason &why);

/// A code that is an HTTP status, as gateways put it into a 200.
std::optional<int> status_in(std::string_view code);
/// Statuses with which a service says that the same request may succeed later.
bool is_passing_status(std::int64_t status);
/// A code that says so in words.
bool is_passing_word(std::string_view code);

} // namespace smelt::provider
