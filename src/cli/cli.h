/* What all commands share: the table's row, the options, and the way a command speaks.
 *
 * Results go to stdout; the bar, messages and errors go to stderr. Exit status: EXIT_SUCCESS,
 * EXIT_FAILURE, EXIT_USAGE. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "scrawl/scrawl.h"

#define EXIT_USAGE 2

#define CLI_MAX_LIST 64      /* times that one option may be given */
#define CLI_MAX_STORAGE 4096 /* bytes of a command's options */

/* Options that every command takes. */
typedef struct Globals {
    const char *cpu; /* NULL: the best */
    int threads;     /* 0: all cores */
    bool quiet, help, version;
} Globals;

/* An option that may be given several times. */
typedef struct TextList {
    int n;
    const char *items[CLI_MAX_LIST];
} TextList;

typedef enum OptionKind {
    OPTION_KIND_END,
    OPTION_KIND_FLAG,   /* bool */
    OPTION_KIND_TEXT,   /* const char * into argv */
    OPTION_KIND_CHOICE, /* const char *: one of choices */
    OPTION_KIND_INT,    /* int, min..max */
    OPTION_KIND_REAL,   /* double, min..max */
    OPTION_KIND_LIST,   /* TextList */
} OptionKind;

/* A row of a table that ends with {0}. */
typedef struct Option {
    OptionKind kind;
    char letter;       /* 'o': -o; 0: none */
    const char *name;  /* "output": --output */
    const char *value; /* what help calls its value: "DIR" */
    size_t offset;     /* into the command's struct */
    const char *help;  /* one phrase, with the default; '\n' starts another line */
    double min, max;
    const char *const *choices; /* NULL-terminated */
} Option;

/* What an option does not go with, and what it is nothing without. A table ends with {0}. */
typedef struct OptionRule {
    const char *option;   /* "ood" */
    const char *excludes; /* "noise clean": none of these may be given too; NULL: any may */
    const char *needs;    /* "noise corruptions": one of these must be; NULL: nothing */
    const char *why;      /* ends the sentence: "it is measured on the data as they are"; NULL */
} OptionRule;

typedef struct Command {
    const char *name;                 /* "train", "data list" */
    const char *summary;              /* one phrase for the list of commands */
    const char *usage;                /* what follows "scrawl NAME ", a line for each form */
    const char *about;                /* a paragraph or two */
    const char *examples;             /* two or three, each with a comment line before it */
    const Option *options;            /* NULL: none of its own */
    const OptionRule *rules;          /* NULL: every option goes with every other */
    const void *defaults;             /* what the options are before they are read; NULL: none */
    size_t options_size;              /* of *defaults */
    int min_arguments, max_arguments; /* max -1: any number */
    /* Returns an exit status. NULL: a group, whose commands are "NAME SOMETHING". */
    int (*run)(const Globals *globals, const void *options, int n, char **arguments);
} Command;

/* NULL-terminated, in the order of the list of commands; a group stands before its commands. */
extern const Command *const cli_commands[];

extern const Command train_command, eval_command, compare_command, predict_command;
extern const Command show_command, report_command;
extern const Command export_command, ensemble_command, calibrate_command;
extern const Command data_command, data_list_command, data_fetch_command, data_info_command;
extern const Command data_sheet_command, data_draw_command, data_corruptions_command;
extern const Command bench_command, bench_train_command, bench_infer_command;
extern const Command bench_kernels_command, doctor_command;

/* The words of --tta, for OPTION_KIND_CHOICE. */
extern const char *const tta_choices[];

/* options.c */

extern const Option global_options[];

/* Where a table's values go. */
typedef struct OptionTable {
    const Option *options; /* may be NULL */
    void *out;
    uint64_t given; /* bit i: the command line has options[i] */
} OptionTable;

/* Reads argv[0..argc-1]: options may stand anywhere up to "--"; --name=value, --name value, -o
 * value, -ovalue. The arguments that are no options move to the front of argv, and *n_arguments
 * counts them. With `leading`, stops at the first of them; *n_arguments is then its place in argv.
 * false, with a sentence, where an option is unknown or its value wrong. */
bool options_read(OptionTable *tables, size_t n_tables, int argc, char **argv, bool leading,
                  int *n_arguments, ScrawlError *error);

/* False, with a sentence, where options that were read break a rule. rules NULL: none. */
bool options_check(const OptionTable *table, const OptionRule *rules, ScrawlError *error);

/* model_name.c */

#define MODEL_FILE_SIZE 4096
#define TRAINED_ON_SIZE 512

bool is_builtin_model(const char *name);
/* Where the file of a model is; false for what is no file: a built-in model, standard input. */
bool model_file(const char *name, char path[MODEL_FILE_SIZE]);

/* "mnist": the data set whose training split the model was trained on; by that text its test split
 * is opened. false, and "", where the model does not say. */
bool trained_on(const ScrawlModel *model, char text[TRAINED_ON_SIZE]);

/* text.c */

/* Prints "scrawl: sentence" on stderr; control characters become '?'. Returns EXIT_FAILURE. */
int cli_fail(const char *format, ...) SCRAWL_PRINTF(1, 2);
/* The same and where to read more: "Try 'scrawl NAME --help'." Returns EXIT_USAGE. */
int cli_usage(const Command *command, const char *format, ...) SCRAWL_PRINTF(2, 3);
/* A failure of the library: EXIT_USAGE for SCRAWL_STATUS_USAGE, else EXIT_FAILURE. */
int cli_error(const ScrawlError *error);

#define TEXT_SIZE 32

/* Each writes into text and returns it. */
const char *count_text(char text[TEXT_SIZE], double count);     /* "10,000" */
const char *percent_text(char text[TEXT_SIZE], double part);    /* "99.08 %"; "-" for NAN */
const char *confidence_text(char text[TEXT_SIZE], double part); /* "99.1 %"; ">99.9 %" at most */
const char *time_text(char text[TEXT_SIZE], double seconds);    /* "4.2 s", "8 min 42 s" */

/* Capitals or not: "chart.SVG" ends with ".svg". */
bool text_ends_with(const char *text, const char *end);

/* "1 error", "2 errors". */
#define PLURAL(n) ((n) == 1 ? "" : "s")

#endif
