/* Sentences on stderr, and numbers as people read them. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli/cli.h"

#define MAX_SENTENCE 1024

static void print_sentence(const char *format, va_list arguments)
{
    char text[MAX_SENTENCE];

    vsnprintf(text, sizeof text, format, arguments);
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?'; /* a file's name must not move the cursor */
    fflush(stdout);
    fprintf(stderr, "scrawl: %s\n", text);
}

int cli_fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_sentence(format, arguments);
    va_end(arguments);
    return EXIT_FAILURE;
}

int cli_usage(const Command *command, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_sentence(format, arguments);
    va_end(arguments);
    fprintf(stderr, "Try 'scrawl %s%s--help'.\n", command ? command->name : "", command ? " " : "");
    return EXIT_USAGE;
}

int cli_error(const ScrawlError *error)
{
    cli_fail("%s", error->message[0] ? error->message : scrawl_status_message(error->status));
    return error->status == SCRAWL_STATUS_USAGE ? EXIT_USAGE : EXIT_FAILURE;
}

const char *count_text(char text[TEXT_SIZE], double count)
{
    char digits[TEXT_SIZE];
    size_t n = (size_t)snprintf(digits, sizeof digits, "%.0f", fmin(count, 1e18)), out = 0;

    for (size_t i = 0; i < n && out + 2 < TEXT_SIZE; i++) {
        if (i && (n - i) % 3 == 0 && digits[i - 1] != '-')
            text[out++] = ',';
        text[out++] = digits[i];
    }
    text[out] = 0;
    return text;
}

const char *percent_text(char text[TEXT_SIZE], double part)
{
    if (isnan(part))
        snprintf(text, TEXT_SIZE, "-");
    else
        snprintf(text, TEXT_SIZE, "%.2f %%", 100 * part);
    return text;
}

/* 0.99996 is not certain: it is not rounded to 100 %. */
const char *confidence_text(char text[TEXT_SIZE], double part)
{
    if (part < 0.9995)
        snprintf(text, TEXT_SIZE, "%.1f %%", 100 * part);
    else
        snprintf(text, TEXT_SIZE, ">99.9 %%");
    return text;
}

bool text_ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), n = strlen(end);

    return length >= n && strcasecmp(text + length - n, end) == 0;
}

const char *time_text(char text[TEXT_SIZE], double seconds)
{
    long whole = lround(fmin(fmax(seconds, 0), 1e9));

    if (seconds < 59.95)
        snprintf(text, TEXT_SIZE, "%.1f s", fmax(seconds, 0));
    else if (whole < 3600)
        snprintf(text, TEXT_SIZE, "%ld min %02ld s", whole / 60, whole % 60);
    else
        snprintf(text, TEXT_SIZE, "%ld h %02ld min", whole / 3600, whole / 60 % 60);
    return text;
}
