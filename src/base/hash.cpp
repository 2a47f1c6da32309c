#include "smelt/base/hash.hpp"

#include "smelt/base/compress.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cstdint>
#include <stdexcept>

namespace smelt {
namespace {

EVP_MD_CTX *context(void *p) {
    return static_cast<EVP_MD_CTX *>(p);
}

void check(int ok) {
    if (ok != 1)
        throw std::runtime_error{"OpenSSL: a digest or random call failed"};
}

} // namespace

sha256_stream::sha256_stream() : context_{EVP_MD_CTX_new()} {
    check(EVP_DigestInit_ex(context(context_), EVP_sha256(), nullptr));
}

sha256_stream::~sha256_stream() {
    EVP_MD_CTX_free(context(context_));
}

void sha256_stream::add(std::string_view piece) {
    const std::uint64_t size = piece.size();
    check(EVP_DigestUpdate(context(context_), &size, sizeof size));
    check(EVP_DigestUpdate(context(context_), piece.data(), piece.size()));
}

std::string sha256_stream::hex() {
    std::array<unsigned char, 32> digest{};
    check(EVP_DigestFinal_ex(context(context_), digest.data(), nullptr));
    check(EVP_DigestInit_ex(context(context_), EVP_sha256(), nullptr));
    return to_hex({reinterpret_cast<const char *>(digest.data()), digest.size()});
}

std::string sha256_hex(std::string_view bytes) {
    std::array<unsigned char, 32> digest{};
    check(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr));
    return to_hex({reinterpret_cast<const char *>(digest.data()), digest.size()});
}

std::string random_nonce() {
    constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    std::array<unsigned char, 26> bytes{};
    check(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())));
    std::string nonce;
    for (const auto byte : bytes)
        nonce += alphabet[byte & 31U];
    return nonce;
}

} // namespace smelt
