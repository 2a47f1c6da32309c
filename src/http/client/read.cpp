#include "coding.hpp"
#include "exchange.hpp"

#include "smelt/base/text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <memory>

namespace smelt::http {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;

constexpr std::size_t read_size = 64 * 1024;
constexpr std::uint32_t header_limit = 64 * 1024;
constexpr std::size_t answer_limit = 8 << 20;
constexpr std::size_t error_answer_limit = 64 * 1024;

/// A Beast body that appends to a string and never reserves what a Content-Length promises: the string is emptied after
/// every read, so it holds one read's worth when streaming.
struct piece_body {
    using value_type = std::string;
    class reader {
      public:
        template <bool isRequest, class Fields>
        reader(beast_http::header<isRequest, Fields> &, value_type &body) : body_{body} {}
        static void init(const boost::optional<std::uint64_t> &, error_code &error) { error = {}; }
        template <class Buffers>
        std::size_t put(const Buffers &buffers, error_code &error) {
            error = {};
            std::size_t bytes = 0;
            std::for_each(asio::buffer_sequence_begin(buffers), asio::buffer_sequence_end(buffers),
                          [&](const asio::const_buffer &piece) {
                              body_.append(static_cast<const char *>(piece.data()), piece.size());
                              bytes += piece.size();
                          });
            return bytes;
        }
        static void finish(error_code &error) { error = {}; }

      private:
        value_type &body_;
    };
};

using parser = beast_http::response_parser<piece_body>;

/// Bytes received and not yet understood.
struct intake {
    std::string bytes;
    std::size_t begin = 0, end = 0;
    std::size_t too_few = 0; ///< so many bytes were not enough for the parser, which must not be shown them again
    [[nodiscard]] bool empty() const { return begin == end; }
};

[[noreturn]] void fail(const exchange &x, error_code why) {
    x.record.peer_closed = closed_by_peer(why);
    if (x.record.peer_closed && why != asio::error::connection_reset)
        throw transport_error{x.to.authority() + ": read the answer: the connection was closed before its end",
                              send_progress::sent};
    throw_transport(x.to, "read the answer", why, send_progress::sent);
}

/// Receives once; false at a clean end of the stream.
awaitable<bool> receive(exchange &x, intake &in) {
    if (in.begin > 0) {
        std::copy(in.bytes.begin() + static_cast<std::ptrdiff_t>(in.begin),
                  in.bytes.begin() + static_cast<std::ptrdiff_t>(in.end), in.bytes.begin());
        in.end -= in.begin;
        in.begin = 0;
    }
    in.bytes.resize(in.end + read_size);
    const std::span<char> room{in.bytes.data() + in.end, read_size};
    const auto begun = clock::now();
    const auto step = co_await x.link.read_some(room, std::min(x.limits.step(), x.answer_until));
    in.end += step.bytes;
    x.record.answered = x.record.answered || step.bytes > 0;
    if (step.error == asio::error::eof)
        co_return false;
    if (step.error)
        fail(x, step.error);
    if (x.streams && x.receiving.is_too_slow(x.limits.idle, clock::now() - begun, step.bytes))
        throw_too_slow(x.to, "read the answer", send_progress::sent);
    co_return true;
}

/// Feeds what is there into the parser until it wants more or the message is complete. False: nothing could be used.
bool digest(const exchange &x, intake &in, parser &p) {
    bool progress = false;
    while (in.end - in.begin > in.too_few && !p.is_done()) {
        error_code error;
        const auto used = p.put(asio::const_buffer{in.bytes.data() + in.begin, in.end - in.begin}, error);
        in.begin += used;
        in.too_few = used == 0 ? in.end - in.begin : 0;
        progress = progress || used > 0;
        if (error && error != beast_http::error::need_more)
            fail(x, error);
        if (used == 0)
            break;
    }
    return progress;
}

awaitable<void> advance(exchange &x, intake &in, parser &p) {
    const bool open = co_await receive(x, in);
    digest(x, in, p);
    if (open || p.is_done())
        co_return;
    if (!p.got_some())
        fail(x, beast_http::error::end_of_stream);
    error_code error;
    p.put_eof(error);
    if (error || !p.is_done())
        fail(x, error ? error : error_code{asio::error::eof});
}

response head_of(const parser &p) {
    response out;
    out.status = static_cast<int>(p.get().result_int());
    for (const auto &field : p.get())
        out.fields.emplace_back(lower_ascii({field.name_string().data(), field.name_string().size()}),
                                std::string{field.value().data(), field.value().size()});
    return out;
}

bool is_success(const response &r) {
    return r.status >= 200 && r.status < 300;
}

/// Whom a piece of the body belongs to. False: an error answer that is longer than anyone reads; the rest is left
/// unread.
awaitable<bool> deliver(exchange &x, std::string_view piece, response &out) {
    if (x.streams) {
        if (!piece.empty()) {
            x.record.delivered = true;
            co_await (*x.sink)(piece);
        }
        co_return true;
    }
    out.body += piece;
    if (is_success(out) && out.body.size() > answer_limit)
        throw transport_error{x.to.authority() + ": read the answer: it is longer than 8 MB", send_progress::sent};
    if (is_success(out) || out.body.size() <= error_answer_limit)
        co_return true;
    out.body.resize(error_answer_limit);
    co_return false;
}

[[noreturn]] void throw_damaged(const exchange &x, const std::string &why) {
    throw transport_error{x.to.authority() + ": read the answer: " + why, send_progress::sent};
}

std::string_view next_piece(const exchange &x, body_decoder &decoder) {
    try {
        return decoder.next();
    } catch (const broken_coding &e) {
        throw_damaged(x, e.what());
    }
}

/// Takes what the parser has collected; false as deliver says it.
awaitable<bool> drain(exchange &x, parser &p, body_decoder *decoder, response &out) {
    auto &collected = p.get().body();
    bool wanted = true;
    if (decoder == nullptr) {
        wanted = co_await deliver(x, collected, out);
    } else {
        decoder->feed(collected);
        for (auto piece = next_piece(x, *decoder); wanted && !piece.empty(); piece = next_piece(x, *decoder))
            wanted = co_await deliver(x, piece, out);
        if (wanted && p.is_done() && !decoder->is_complete())
            throw_damaged(x, "the compressed body was cut short");
    }
    collected.clear();
    co_return wanted;
}

/// Null: the body is as it stands. A refusal that cannot be read still says what its status says.
std::unique_ptr<body_decoder> decoder_for(const exchange &x, response &out) {
    try {
        return body_decoder::of(out.header("content-encoding"));
    } catch (const unknown_coding &e) {
        const auto why = "it is compressed as '" + std::string{e.what()} + "', which nobody asked for";
        if (is_success(out))
            throw_damaged(x, why);
        out.body = "(the answer cannot be read: " + why + ")";
        return nullptr;
    }
}

awaitable<bool> read_body(exchange &x, intake &in, parser &p, response &out) {
    const auto decoder = decoder_for(x, out);
    if (!out.body.empty())
        co_return false;
    while (true) {
        const bool wanted = co_await drain(x, p, decoder.get(), out);
        if (!wanted)
            co_return false;
        if (p.is_done())
            co_return true;
        if (!digest(x, in, p))
            co_await advance(x, in, p);
    }
}

} // namespace

bool closed_by_peer(error_code error) {
    return error == asio::error::eof || error == asio::error::connection_reset || error == asio::error::broken_pipe ||
           error == asio::ssl::error::stream_truncated || error == beast_http::error::partial_message ||
           error == beast_http::error::end_of_stream;
}

awaitable<response> read_response(exchange &x) {
    intake in;
    if (x.limits.answer != clock::duration::zero())
        x.answer_until = clock::now() + x.limits.answer;
    while (true) {
        parser p;
        p.header_limit(header_limit);
        p.body_limit(boost::none); // limited in drain, by kind of answer
        p.skip(x.method == "HEAD");
        while (!p.is_header_done()) {
            if (!digest(x, in, p))
                co_await advance(x, in, p);
        }
        auto out = head_of(p);
        if (out.status < 200)
            continue; // 100-continue and its like: the answer is still to come
        x.streams = x.sink != nullptr && is_success(out);
        if (x.streams)
            x.answer_until = never;
        const bool whole = co_await read_body(x, in, p, out);
        x.record.reusable = whole && in.empty() && p.keep_alive();
        co_return out;
    }
}

} // namespace smelt::http
