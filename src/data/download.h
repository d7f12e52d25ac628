/* One verified file from the network. libcurl is loaded when the first download begins: nothing
 * else needs it, and it is slow to load. */
#ifndef DATA_DOWNLOAD_H
#define DATA_DOWNLOAD_H

#include <curl/curl.h>
#include <stdint.h>

#include "base/checksum.h"
#include "scrawl/log.h"

#define DOWNLOAD_MAX_SIZE ((uint64_t)4 << 30) /* bytes, where the size is not known beforehand */

typedef struct Download {
    const char *path;        /* where the file shall stand; PATH.part while it is on its way */
    const char *const *urls; /* [n_urls] mirrors, tried in this order */
    int n_urls;
    uint64_t size;            /* 0: not known */
    const char *sha256, *md5; /* hex; either may be NULL, not both */
} Download;

/* Fetches, verifies, then renames. A .part file left by an earlier try is taken up where it ends; a
 * mirror that fails, or whose file does not verify, is followed by the next. What stood at `path`
 * stays unless a verified file takes its place; missing folders are made, and removed where nothing
 * came. Only https, and http from 127.0.0.1. NETWORK (the sentence says what became of each
 * mirror), CHECKSUM (all that came did not verify), EXISTS (another process is at it), IO,
 * UNSUPPORTED (no libcurl), USAGE (another kind of address), INTERRUPTED (by the log; the .part
 * file stays), NO_MEMORY. Any thread. */
SCRAWL_MUST_CHECK ScrawlStatus download_file(const Download *download, const ScrawlLog *log,
                                             ScrawlError *error);

/* Size and checksum of the file at `path` are the wanted ones: OK; else NOT_FOUND, CHECKSUM or IO
 * with a sentence. */
SCRAWL_MUST_CHECK ScrawlStatus download_verify(const Download *download, const char *path,
                                               ScrawlError *error);

/* libcurl's version, loading it if need be; NULL where there is none. Static text. */
const char *download_library(void);

/* The few functions of libcurl that downloads need, found in the shared library at run time. */

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
