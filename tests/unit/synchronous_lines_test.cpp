#include "catch.hpp"
#include "provider/anthropic/anthropic.hpp"
#include "provider/openai/openai.hpp"
#include "provider/synchronous/synchronous_lines.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <stdexcept>

using namespace smelt;
using namespace smelt::provider;

namespace {

http::response answer(int status, const std::string &body) {
    return {status, {}, body};
}

/// Two dialects and what reads their lines.
struct fixture {
    boost::asio::io_context io;
    http::client client{io.get_executor(), {}};
    openai chat{{}, {}, client};
    anthropic messages{{}, {}, client};

    result_line read_chat(const std::string &line) { return read(chat, line); }
    result_line read_message(const std::string &line) { return read(messages, line); }

  private:
    static result_line read(const smelt::provider::dialect &api, const std::string &line) {
        CHECK(line.back() == '\n');
        CHECK(std::count(line.begin(), line.end(), '\n') == 1);
        return api.decode(std::string_view{line}.substr(0, line.size() - 1));
    }
};

const std::string completion = R"({
  "model": "m", "usage": {"prompt_tokens": 3, "completion_tokens": 4},
  "choices": [{"message": {"role": "assistant", "content": "two\nlines"}, "finish_reason": "stop"}]
})";
const std::string message = R"({
  "type": "message", "model": "m", "usage": {"input_tokens": 3, "output_tokens": 4}, "stop_reason": "end_turn",
  "content": [{"type": "text", "text": "two\nlines"}]
})";

} // namespace

TEST_CASE("a request line gives its id and its body back") {
    const auto parts = split_request("{\"custom_id\":\"n-1\",\"body\":{\"a\":{\"body\":1}}}\n", "body");
    CHECK(parts.custom_id == "n-1");
    CHECK(parts.body == R"({"a":{"body":1}})");
    CHECK(split_request(R"({"custom_id":"n-2","params":{}})", "params").body == "{}");
    for (const char *odd : {"", "{}", R"({"custom_id":"n)", R"({"custom_id":"n","body":)", R"({"id":"n","body":{}})"})
        CHECK_THROWS_AS(split_request(odd, "body"), std::logic_error);
}

TEST_CASE("an answer on several lines becomes one result line, and is read as one of a batch") {
    fixture f;
    const auto chat = f.read_chat(chat_lines.answered("n-1", answer(200, completion)));
    const auto other = f.read_message(message_lines.answered("n-1", answer(200, message)));
    for (const auto &line : {chat, other}) {
        CHECK(line.custom_id == "n-1");
        CHECK(line.cause == cause_kind::none);
        CHECK(line.answer == "two\nlines");
        CHECK(line.tokens.input == 3);
        CHECK(line.tokens.output == 4);
        CHECK(line.model == "m");
    }
}

TEST_CASE("errors keep whether the request is to blame") {
    fixture f;
    const auto chat = [&](int status, const std::string &body) {
        return f.read_chat(chat_lines.answered("n-1", answer(status, body)));
    };
    const auto messages = [&](int status, const std::string &body) {
        return f.read_message(message_lines.answered("n-1", answer(status, body)));
    };
    const auto bad = chat(400, R"({"error":{"message":"too long","type":"invalid_request_error"}})");
    CHECK(bad.cause == cause_kind::rejected_request);
    CHECK_THAT(bad.message, SMELT_CONTAINS("too long"));
    CHECK(chat(500, R"({"error":{"message":"oh"}})").cause == cause_kind::transport);
    CHECK(messages(400, R"({"type":"error","error":{"type":"invalid_request_error","message":"no"}})").cause ==
          cause_kind::rejected_request);
    CHECK(messages(500, R"({"type":"error","error":{"type":"api_error","message":"oh"}})").cause ==
          cause_kind::transport);
    for (const auto *body : {R"({"detail":"too long"})", R"({"error":"too long"})", "too long", "<p>too long</p>",
                             R"({"error":{"type":"request_too_large","message":"too long"}})"})
        for (const auto &line : {chat(413, body), messages(413, body)}) {
            CHECK(line.cause == cause_kind::rejected_request);
            CHECK_THAT(line.message, SMELT_CONTAINS("too long"));
            CHECK_THAT(line.message, SMELT_CONTAINS("HTTP 413"));
        }
}

TEST_CASE("an answer with a byte order mark, and one with a number that is none, are read") {
    fixture f;
    CHECK(f.read_chat(chat_lines.answered("n-1", answer(200, "\xEF\xBB\xBF" + completion))).answer == "two\nlines");
    CHECK(f.read_message(message_lines.answered("n-1", answer(200, "\xEF\xBB\xBF" + message))).answer == "two\nlines");
    const std::string odd = R"({"choices":[{"message":{"content":"x"},"logprobs":NaN}]})";
    CHECK(f.read_chat(chat_lines.answered("n-1", answer(200, odd))).answer == "x");
}

TEST_CASE("an error within an answer of messages is no answer") {
    fixture f;
    const auto got = [&](const std::string &body) {
        return f.read_message(message_lines.answered("n-1", answer(200, body))).cause;
    };
    CHECK(got(R"({"type":"error","error":{"type":"overloaded_error","message":"busy"}})") == cause_kind::transport);
    CHECK(got(R"({"type":"error","error":{"code":400,"message":"no"}})") == cause_kind::rejected_request);
}

TEST_CASE("a body that is no JSON is nobody's answer") {
    fixture f;
    for (const int status : {200, 502}) {
        const auto chat = f.read_chat(chat_lines.answered("n-1", answer(status, "<html>\n\"proxy\"</html>")));
        const auto other = f.read_message(message_lines.answered("n-1", answer(status, "<html>\n\"proxy\"</html>")));
        for (const auto &line : {chat, other}) {
            CHECK(line.custom_id == "n-1");
            CHECK(line.cause == cause_kind::transport);
            CHECK_THAT(line.message, SMELT_CONTAINS(std::to_string(status)));
        }
    }
}

TEST_CASE("a connection that broke leaves a line that says so") {
    fixture f;
    const auto chat = f.read_chat(chat_lines.broken("n-1", "host: read: \"reset\""));
    const auto other = f.read_message(message_lines.broken("n-1", "host: read: \"reset\""));
    for (const auto &line : {chat, other}) {
        CHECK(line.custom_id == "n-1");
        CHECK(line.cause == cause_kind::transport);
        CHECK(line.message == "host: read: \"reset\"");
    }
}
