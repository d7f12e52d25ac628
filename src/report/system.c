#include "scrawl/system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <allheaders.h>
#include <jansson.h>
#include <libdeflate.h>
#include <nettle/version.h>
#include <protobuf-c/protobuf-c.h>
#include <yaml.h>
#include <zip.h>

#include "base/team.h"
#include "data/download.h"
#include "data/label.h"
#include "kernels/kernels.h"
#include "report/plot.h"

#define VERSION_SIZE 64

typedef bool (*FindVersion)(char version[VERSION_SIZE]);

const char *scrawl_version(void)
{
    return SCRAWL_VERSION;
}

const char *scrawl_system_kernels(const char *cpu)
{
    const Kernels *kernels = kernels_get(cpu);

    return kernels ? kernels->name : NULL;
}

int scrawl_system_threads(void)
{
    return team_default_threads();
}

static bool copy_version(char version[VERSION_SIZE], const char *text)
{
    snprintf(version, VERSION_SIZE, "%s", text);
    return true;
}

static bool leptonica_version(char version[VERSION_SIZE])
{
    char *text = getLeptonicaVersion(); /* "leptonica-1.82.0" */
    const char *dash;

    if (!text)
        return copy_version(version, "");
    dash = strchr(text, '-');
    copy_version(version, dash ? dash + 1 : text);
    lept_free(text);
    return true;
}

/* Of its header: the library does not tell. */
static bool libdeflate_version(char version[VERSION_SIZE])
{
    return copy_version(version, LIBDEFLATE_VERSION_STRING);
}

static bool libzip_version(char version[VERSION_SIZE])
{
    return copy_version(version, zip_libzip_version());
}

static bool libyaml_version(char version[VERSION_SIZE])
{
    return copy_version(version, yaml_get_version_string());
}

static bool jansson_version(char version[VERSION_SIZE])
{
    return copy_version(version, jansson_version_str());
}

static bool protobuf_version(char version[VERSION_SIZE])
{
    return copy_version(version, protobuf_c_version());
}

static bool nettle_library_version(char version[VERSION_SIZE])
{
    snprintf(version, VERSION_SIZE, "%d.%d", nettle_version_major(), nettle_version_minor());
    return true;
}

/* "libcurl/7.88.1 ..." */
static bool curl_version_found(char version[VERSION_SIZE])
{
    const char *text = download_library(), *slash;

    if (!text)
        return false;
    slash = strchr(text, '/');
    copy_version(version, slash ? slash + 1 : text);
    version[strcspn(version, " ")] = 0;
    return true;
}

static bool pango_version_found(char version[VERSION_SIZE])
{
    const char *text = label_library();
    return text && copy_version(version, text);
}

/* "5.4 patchlevel 4" */
static bool gnuplot_version(char version[VERSION_SIZE])
{
    static const char command[] =
        "set print '-'\nprint GPVAL_VERSION, 'patchlevel', GPVAL_PATCHLEVEL\n";
    Buffer script, answer;
    bool found = false;

    buffer_init(&script, sizeof command);
    buffer_init(&answer, VERSION_SIZE);
    text_put(&script, command);
    if (!text_status(&script) && !gnuplot_run(&script, &answer, NULL)) {
        copy_version(version, buffer_text(&answer));
        version[strcspn(version, "\n")] = '\0';
        found = version[0] != '\0';
    }
    buffer_deinit(&script);
    buffer_deinit(&answer);
    return found;
}

static const struct {
    const char *name, *purpose;
    FindVersion find;
} libraries[] = {
    {"leptonica", "decodes pictures", leptonica_version},
    {"libdeflate", "unpacks gzip", libdeflate_version},
    {"libzip", "unpacks NPZ", libzip_version},
    {"libyaml", "reads recipes", libyaml_version},
    {"jansson", "reads and writes JSON", jansson_version},
    {"protobuf-c", "writes ONNX", protobuf_version},
    {"nettle", "checks downloads by SHA-256", nettle_library_version},
    {"curl", "downloads data; loaded when used", curl_version_found},
    {"pango", "draws names on pictures; loaded when used", pango_version_found},
    {"gnuplot", "draws plots; started when used", gnuplot_version},
};

bool scrawl_system_library(size_t i, ScrawlLibrary *library)
{
    static _Thread_local char version[VERSION_SIZE];

    *library = (ScrawlLibrary){0};
    if (i >= sizeof libraries / sizeof *libraries)
        return false;
    version[0] = 0;
    library->name = libraries[i].name;
    library->purpose = libraries[i].purpose;
    library->found = libraries[i].find(version);
    library->version = version;
    return true;
}
