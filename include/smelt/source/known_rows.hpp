#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace smelt::source {

/// Stands for a row of a file: a 64-bit hash (XXH3, with a secret seed) of its text as it stands there, and one of its
/// key. A new row is taken for a known one with a probability below 1 in 10^13.
struct row_digest {
    std::uint64_t text = 0;
    std::uint64_t key = 0;
    friend bool operator==(const row_digest &, const row_digest &) = default;
};

/// The digests of the rows of a file in their order are kept in pieces of this many; the last is shorter.
inline constexpr std::size_t rows_per_piece = 65'536;
using digest_piece = std::vector<row_digest>;

/// Where the pieces of a file come from and go to, by their number from 0 on.
struct piece_store {
    /// What the last load wrote; empty when there is no such piece.
    std::function<digest_piece(std::size_t number)> read;
    /// A piece of this load. `same`: equal to the one of the last load.
    std::function<void(std::size_t number, const digest_piece &piece, bool same)> write;
};

/// Recognises the rows of a file that its last load has seen, so that a load costs the reading of the file and the
/// work for what is new. Rows may have come, gone and changed anywhere; a row that moved by more than half a million
/// others counts as new, which costs its time and nothing else. Takes 60 MB at most, whatever the size of the file.
class known_rows {
  public:
    known_rows(std::uint64_t seed, piece_store pieces);
    ~known_rows();
    known_rows(const known_rows &) = delete;
    known_rows &operator=(const known_rows &) = delete;

    /// Before the first row. shape: all that decides what the text of a row means (the columns, the delimiter, …); when
    /// it is not that of the last load, no row is known.
    void begin(std::string_view shape);
    /// Whether the last load saw this row, which is then done with. Each known row is recognised once.
    bool seen(std::string_view text);
    /// The key of the row of which seen() has just said no.
    void add(std::string_view key);
    /// After the last row.
    void finish();

    [[nodiscard]] std::int64_t skipped() const { return skipped_; }
    /// After finish(): whether the last load saw a row with this key that this one did not recognise. A key that is
    /// read anew although its record exists must be such a one, or it may stand twice in the file.
    [[nodiscard]] bool is_vacant(std::string_view key) const;

  private:
    struct old_piece;
    struct text_index;

    bool load_next();
    old_piece *piece_at(std::size_t row);
    bool take(std::size_t row, std::uint64_t text);
    bool search(std::uint64_t text);
    void leave_behind(std::size_t row);
    void drop_first();
    void remember(row_digest digest);
    void write_piece();
    [[nodiscard]] std::uint64_t digest(std::string_view text) const;

    std::uint64_t seed_;
    piece_store pieces_;
    std::deque<old_piece> window_; ///< of the last load, around `expected_`
    std::size_t read_ = 0;         ///< pieces of the last load read so far
    bool all_read_ = false;
    std::unique_ptr<text_index> index_; ///< of the window; made when a row is not where it was expected
    std::size_t expected_ = 0;          ///< the row of the last load that should come next
    std::uint64_t unknown_ = 0;         ///< digest of the row that seen() has not known
    std::int64_t skipped_ = 0;
    digest_piece written_; ///< the piece of this load that is being filled
    std::size_t written_pieces_ = 0;
    std::vector<std::uint64_t> vacant_; ///< keys of rows that were left behind; sorted by finish()
};

} // namespace smelt::source
