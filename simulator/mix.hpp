#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace smelt::sim {

/// splitmix64's finaliser.
inline std::uint64_t mix(std::uint64_t x) {
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9ULL;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

/// Not for security: chooses answers and finds duplicates. Eight bytes per step, because every byte of every request
/// passes here.
inline std::uint64_t hash_bytes(std::string_view text, std::uint64_t seed) {
    std::uint64_t h = mix(seed ^ text.size());
    while (text.size() >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data(), 8);
        h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
        h ^= h >> 32;
        text.remove_prefix(8);
    }
    std::uint64_t word = 0;
    if (!text.empty())
        std::memcpy(&word, text.data(), text.size());
    return mix(h ^ word);
}

/// A stream of numbers that depends on its seed alone.
class random_stream {
  public:
    explicit random_stream(std::uint64_t seed) : state_{seed} {}
    std::uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15ULL); }
    /// 0 .. n-1; 0 for n == 0.
    std::uint64_t below(std::uint64_t n) { return n == 0 ? 0 : next() % n; }
    /// 0 <= x < 1
    double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  private:
    std::uint64_t state_;
};

inline void append_hex(std::uint64_t value, std::string &out) {
    constexpr char digits[] = "0123456789abcdef";
    for (int shift = 60; shift >= 0; shift -= 4)
        out.push_back(digits[(value >> shift) & 15]);
}

} // namespace smelt::sim
