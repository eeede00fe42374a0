#pragma once
// The plain SHA256_* functions are what Berth uses; OpenSSL 3 marks them deprecated in favour of EVP.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
