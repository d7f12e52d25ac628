#include "data/curl.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <threads.h>

static CurlLibrary library;
static bool loaded;
static once_flag once = ONCE_FLAG_INIT;

static const char *const file_names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.4.dylib",
                                         NULL};

static void *open_library(void)
{
    void *handle = NULL;

    for (int i = 0; !handle && file_names[i]; i++)
        handle = dlopen(file_names[i], RTLD_NOW | RTLD_LOCAL);
    return handle;
}

static void load(void)
{
    struct {
        const char *name;
        void *slot;
    } functions[] = {
        {"curl_global_init", &library.global_init},
        {"curl_version", &library.version},
        {"curl_easy_init", &library.easy_init},
        {"curl_easy_setopt", &library.easy_setopt},
        {"curl_easy_perform", &library.easy_perform},
        {"curl_easy_getinfo", &library.easy_getinfo},
        {"curl_easy_strerror", &library.easy_strerror},
        {"curl_easy_cleanup", &library.easy_cleanup},
    };
    void *handle = open_library();

    if (!handle)
        return;
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        void *symbol = dlsym(handle, functions[i].name);

        if (!symbol)
            return;
        *(void **)functions[i].slot = symbol; /* as POSIX has it for dlsym */
    }
    loaded = library.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

const CurlLibrary *curl_library(void)
{
    call_once(&once, load);
    return loaded ? &library : NULL;
}
