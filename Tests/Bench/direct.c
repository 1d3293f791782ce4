// Sends one POST again and again with libcurl alone, and prints how long it took, as JSON.
//
// Arguments: seconds, `signed` or `unsigned`, `kept` or `new` (connections), URL, body, then header lines.
// Signed requests take AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION; TLS trusts SSL_CERT_FILE.
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static size_t drop(char *bytes, size_t size, size_t count, void *context) {
    (void)bytes, (void)context;
    return size * count;
}

static double microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void sign(CURL *curl) {
    static char scope[128], key[512];
    snprintf(scope, sizeof scope, "aws:amz:%s:secretsmanager", getenv("AWS_REGION"));
    snprintf(key, sizeof key, "%s:%s", getenv("AWS_ACCESS_KEY_ID"), getenv("AWS_SECRET_ACCESS_KEY"));
    curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, scope);
    curl_easy_setopt(curl, CURLOPT_USERPWD, key);
}

int main(int count, char **arguments) {
    if (count < 6) return 2;
    double seconds = atof(arguments[1]);
    struct curl_slist *headers = NULL;
    for (int i = 6; i < count; i++) headers = curl_slist_append(headers, arguments[i]);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURL *curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, arguments[4]);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, arguments[5]);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    if (getenv("SSL_CERT_FILE")) curl_easy_setopt(curl, CURLOPT_CAINFO, getenv("SSL_CERT_FILE"));
    if (!strcmp(arguments[2], "signed")) sign(curl);
    if (!strcmp(arguments[3], "new")) {
        curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
        curl_easy_setopt(curl, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    }

    static double times[4000000];
    size_t done = 0;
    double start = microseconds(), now = start;
    while (now - start < seconds * 1e6 && done < sizeof times / sizeof *times) {
        CURLcode result = curl_easy_perform(curl);
        long status = 0;
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        if (result != CURLE_OK || status / 100 != 2) {
            fprintf(stderr, "%s, status %ld\n", curl_easy_strerror(result), status);
            return 1;
        }
        double end = microseconds();
        times[done++] = end - now;
        now = end;
    }
    qsort(times, done, sizeof *times, by_size);
    printf("{\"requests\": %zu, \"seconds\": %.6f, \"p50_us\": %.0f, \"p99_us\": %.0f, "
           "\"refused\": 0, \"broken\": 0}\n",
           done, (now - start) / 1e6, times[done / 2], times[done * 99 / 100]);
    return 0;
}
