// libcurl's variadic setters, one for each type of argument.
#pragma once
#include <curl/curl.h>

typedef size_t (*ccurl_data_callback)(char *, size_t, size_t, void *);

static inline CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value) {
    return (curl_easy_setopt)(handle, option, value);
}
static inline CURLcode ccurl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
    return (curl_easy_setopt)(handle, option, value);
}
static inline CURLcode ccurl_set_text(CURL *handle, CURLoption option, const char *value) {
    return (curl_easy_setopt)(handle, option, value);
}
/// Sets the bytes, of which libcurl keeps a copy.
static inline CURLcode ccurl_set_blob(CURL *handle, CURLoption option, const void *bytes, size_t count) {
    struct curl_blob blob = {(void *)bytes, count, CURL_BLOB_COPY};
    return (curl_easy_setopt)(handle, option, &blob);
}
/// Sets the body, of which libcurl keeps a copy of the size that was set before. Null is an empty body, where libcurl
/// would ask for one.
static inline CURLcode ccurl_set_body(CURL *handle, const void *bytes) {
    return (curl_easy_setopt)(handle, CURLOPT_COPYPOSTFIELDS, bytes ? bytes : "");
}
static inline CURLcode ccurl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return (curl_easy_setopt)(handle, option, value);
}
static inline CURLcode ccurl_set_context(CURL *handle, CURLoption option, void *value) {
    return (curl_easy_setopt)(handle, option, value);
}
static inline CURLcode ccurl_set_data(CURL *handle, CURLoption option, ccurl_data_callback value) {
    return (curl_easy_setopt)(handle, option, value);
}
static inline CURLcode ccurl_set_before_request(CURL *handle, curl_prereq_callback value) {
    return (curl_easy_setopt)(handle, CURLOPT_PREREQFUNCTION, value);
}
static inline CURLcode ccurl_set_open_socket(CURL *handle, curl_opensocket_callback value) {
    return (curl_easy_setopt)(handle, CURLOPT_OPENSOCKETFUNCTION, value);
}
// Points to the whole address: the type of `addr` has room for the shortest kind only.
static inline const void *ccurl_socket_address(const struct curl_sockaddr *address) {
    return &address->addr;
}
static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return (curl_multi_setopt)(multi, option, value);
}
static inline CURLcode ccurl_get_long(CURL *handle, CURLINFO info, long *value) {
    return (curl_easy_getinfo)(handle, info, value);
}
static inline CURLcode ccurl_result(const CURLMsg *message) {
    return message->data.result;
}
// The file of the CAs that the library trusts by default; null if it was built without one.
static inline const char *ccurl_authority_file(void) {
    return curl_version_info(CURLVERSION_NOW)->cainfo;
}
