#include "test_certificate.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <stdexcept>
#include <unistd.h>

namespace smelt::test {
namespace {

using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;

certificate_ptr sign(EVP_PKEY *key, const std::string &subject_alt_name) {
    certificate_ptr out{X509_new(), X509_free};
    X509_set_version(out.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(out.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(out.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(out.get()), 3600);
    X509_set_pubkey(out.get(), key);
    auto *name = X509_get_subject_name(out.get());
    const std::string common = "smelt test";
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char *>(common.c_str()), -1,
                               -1, 0);
    X509_set_issuer_name(out.get(), name);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, subject_alt_name.c_str());
    X509_add_ext(out.get(), extension, -1);
    X509_EXTENSION_free(extension);
    if (X509_sign(out.get(), key, EVP_sha256()) == 0)
        throw std::runtime_error{"cannot sign the test certificate"};
    return out;
}

std::filesystem::path write_pem(X509 *certificate) {
    auto name = (std::filesystem::temp_directory_path() / "smelt-cert-XXXXXX").string();
    const int fd = ::mkstemp(name.data());
    std::FILE *file = ::fdopen(fd, "w");
    PEM_write_X509(file, certificate);
    std::fclose(file);
    return name;
}

} // namespace

test_certificate::test_certificate(const std::string &subject_alt_name) {
    const key_ptr key{EVP_EC_gen("P-256"), EVP_PKEY_free};
    const auto certificate = sign(key.get(), subject_alt_name);
    file_ = write_pem(certificate.get());
    SSL_CTX_use_certificate(context_.native_handle(), certificate.get());
    SSL_CTX_use_PrivateKey(context_.native_handle(), key.get());
}

test_certificate::~test_certificate() {
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);
}

} // namespace smelt::test
