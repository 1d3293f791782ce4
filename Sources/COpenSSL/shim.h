#pragma once
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <time.h>

/// Answers that there is no passphrase: otherwise OpenSSL would ask the terminal for that of an encrypted key.
static inline int copenssl_no_passphrase(char *buffer, int size, int is_writing, void *context) {
    (void)buffer, (void)size, (void)is_writing, (void)context;
    return -1;
}

static inline EVP_PKEY *copenssl_read_private_key(BIO *reader) {
    return PEM_read_bio_PrivateKey(reader, NULL, copenssl_no_passphrase, NULL);
}

static inline X509 *copenssl_read_certificate(BIO *reader) {
    return PEM_read_bio_X509(reader, NULL, copenssl_no_passphrase, NULL);
}

// What Swift does not import: macros, and functions with variable arguments.
static inline EVP_PKEY *copenssl_new_rsa_key(size_t bits) { return EVP_RSA_gen(bits); }
static inline void copenssl_free(void *memory) { OPENSSL_free(memory); }
static inline long copenssl_content(BIO *writer, char **start) { return BIO_get_mem_data(writer, start); }
