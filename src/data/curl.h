/* The few functions of libcurl that downloads need, found in the shared library at run time. */
#ifndef DATA_CURL_H
#define DATA_CURL_H

#include <curl/curl.h>

typedef struct CurlLibrary {
    CURLcode (*global_init)(long flags);
    const char *(*version)(void);
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *handle, CURLoption option, ...);
    CURLcode (*easy_perform)(CURL *handle);
    CURLcode (*easy_getinfo)(CURL *handle, CURLINFO info, ...);
    const char *(*easy_strerror)(CURLcode code);
    void (*easy_cleanup)(CURL *handle);
} CurlLibrary;

/* The library, loaded by the first call and kept; NULL where it is not installed. Any thread. */
const CurlLibrary *curl_library(void);

#endif
