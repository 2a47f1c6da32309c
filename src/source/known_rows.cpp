#include "smelt/source/known_rows.hpp"

#define XXH_INLINE_ALL
#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <xxhash.h>

namespace smelt::source {
namespace {

/// Pieces of the last load that are looked through for a row.
constexpr std::size_t most_pieces = 8;
/// Vacant keys that are remembered; one more than these counts as not vacant, which is always safe.
constexpr std::size_t most_vacant = 4'000'000;

} // namespace

struct known_rows::old_piece {
    std::size_t number = 0;
    digest_piece rows;
    std::vector<bool> taken;

    [[nodiscard]] std::size_t first_row() const { return number * rows_per_piece; }
};

/// From the digest of a text to its row.
struct known_rows::text_index {
    boost::unordered_flat_map<std::uint64_t, std::size_t> rows;

    void add(const old_piece &piece) {
        for (std::size_t i = 0; i < piece.rows.size(); ++i)
            if (!piece.taken[i])
                rows.emplace(piece.rows[i].text, piece.first_row() + i);
    }
    void remove(const old_piece &piece) {
        for (const auto &row : piece.rows)
            rows.erase(row.text);
    }
};

known_rows::known_rows(std::uint64_t seed, piece_store pieces) : seed_{seed}, pieces_{std::move(pieces)} {}

known_rows::~known_rows() = default;

void known_rows::begin(std::string_view shape) {
    seed_ = digest(shape);
}

std::uint64_t known_rows::digest(std::string_view text) const {
    return XXH3_64bits_withSeed(text.data(), text.size(), seed_);
}

bool known_rows::seen(std::string_view text) {
    unknown_ = digest(text);
    // Where nothing changed the row is the expected one; where a single row changed, the one behind it.
    const bool found = take(expected_, unknown_) || take(expected_ + 1, unknown_) || search(unknown_);
    skipped_ += found ? 1 : 0;
    return found;
}

void known_rows::add(std::string_view key) {
    remember({unknown_, digest(key)});
}

void known_rows::finish() {
    if (!written_.empty())
        write_piece();
    do {
        while (!window_.empty())
            drop_first();
    } while (load_next());
    index_.reset();
    std::ranges::sort(vacant_);
}

bool known_rows::is_vacant(std::string_view key) const {
    return std::ranges::binary_search(vacant_, digest(key));
}

bool known_rows::load_next() {
    if (all_read_)
        return false;
    auto rows = pieces_.read(read_);
    all_read_ = rows.size() < rows_per_piece;
    if (rows.empty())
        return false;
    auto &piece = window_.emplace_back();
    piece.number = read_++;
    piece.taken.resize(rows.size());
    piece.rows = std::move(rows);
    if (index_)
        index_->add(piece);
    return true;
}

known_rows::old_piece *known_rows::piece_at(std::size_t row) {
    const auto number = row / rows_per_piece;
    while (read_ <= number && load_next()) {
    }
    if (window_.empty() || number < window_.front().number || number > window_.back().number)
        return nullptr;
    auto &piece = window_[number - window_.front().number];
    return row - piece.first_row() < piece.rows.size() ? &piece : nullptr;
}

/// Recognises the row of the last load if its text is this one.
bool known_rows::take(std::size_t row, std::uint64_t text) {
    auto *piece = piece_at(row);
    if (piece == nullptr)
        return false;
    const auto at = row - piece->first_row();
    const auto known = piece->rows[at];
    if (known.text != text || piece->taken[at])
        return false;
    piece->taken[at] = true;
    expected_ = row + 1;
    leave_behind(row);
    remember(known);
    return true;
}

bool known_rows::search(std::uint64_t text) {
    if (!index_) {
        index_ = std::make_unique<text_index>();
        for (const auto &piece : window_)
            index_->add(piece);
    }
    while (window_.size() < most_pieces && load_next()) {
    }
    const auto found = index_->rows.find(text);
    return found != index_->rows.end() && take(found->second, text);
}

/// Rows that were moved a little are still found: the piece before that of `row` stays.
void known_rows::leave_behind(std::size_t row) {
    while (!window_.empty() && window_.front().number + 1 < row / rows_per_piece)
        drop_first();
}

void known_rows::drop_first() {
    const auto &piece = window_.front();
    for (std::size_t i = 0; i < piece.rows.size(); ++i)
        if (!piece.taken[i] && vacant_.size() < most_vacant)
            vacant_.push_back(piece.rows[i].key);
    if (index_)
        index_->remove(piece);
    window_.pop_front();
}

void known_rows::remember(row_digest digest) {
    written_.push_back(digest);
    if (written_.size() == rows_per_piece)
        write_piece();
}

void known_rows::write_piece() {
    const auto number = written_pieces_++;
    const bool in_window = !window_.empty() && number >= window_.front().number && number <= window_.back().number;
    const bool same = in_window && window_[number - window_.front().number].rows == written_;
    pieces_.write(number, written_, same);
    written_.clear();
}

} // namespace smelt::source
