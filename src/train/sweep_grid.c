#include "train/sweep_grid.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

#define MAX_TEXTS ((size_t)16 << 20) /* bytes of all values and folders */
#define MAX_NAME 40                  /* bytes of a point's values in its folder's name */
#define MAX_SEED 2147483647          /* of train.seed */
#define SEED_KEY "train.seed"
#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+"

/* Where the value that begins here ends: at a comma outside brackets and quotes. */
static const char *value_end(const char *at)
{
    int depth = 0;
    char quote = 0;
    for (; *at && (*at != ',' || depth > 0 || quote); at++) {
        if (quote)
            quote = *at == quote ? 0 : quote;
        else if (*at == '"' || *at == '\'')
            quote = *at;
        else if (strchr("[{", *at))
            depth++;
        else if (strchr("]}", *at) && depth > 0)
            depth--;
    }
    return at;
}

static bool is_known(const SweepAxis *axis, const char *value)
{
    for (size_t i = 0; i < axis->n_values; i++) {
        if (strcmp(axis->values[i], value) == 0)
            return true;
    }
    return false;
}

static size_t count_values(const char *text)
{
    size_t n = 1;
    while (*(text = value_end(text)) != '\0')
        n++, text++;
    return n;
}

static ScrawlStatus no_axis(const char *text, ScrawlError *error)
{
    return error_set(error, SCRAWL_STATUS_USAGE,
                     "--sweep %.120s: expected KEY=VALUE,VALUE,..., such as train.batch=32,64",
                     text);
}

static ScrawlStatus read_values(Arena *arena, SweepAxis *axis, const char *text, ScrawlError *error)
{
    size_t n = count_values(text);
    if (n > SCRAWL_SWEEP_MAX_RUNS)
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "--sweep %s: expected at most %d values, found %zu", axis->key,
                         SCRAWL_SWEEP_MAX_RUNS, n);
    axis->values = arena_alloc(arena, n, sizeof *axis->values);
    if (!axis->values)
        return error_no_memory(error, "a sweep's values");
    while (axis->n_values < n) {
        const char *end = value_end(text), *last = end;
        text += strspn(text, " ");
        while (last > text && last[-1] == ' ')
            last--;
        if (last <= text)
            return no_axis(axis->text, error);
        const char *value = arena_string(arena, text, (size_t)(last - text));
        if (!value)
            return error_no_memory(error, "a sweep's values");
        if (is_known(axis, value))
            return error_set(error, SCRAWL_STATUS_USAGE, "--sweep %s: the value %.80s stands twice",
                             axis->key, value);
        axis->values[axis->n_values++] = value;
        text = end + 1;
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus read_axis(SweepGrid *grid, const char *text, ScrawlError *error)
{
    SweepAxis *axis = &grid->axes[grid->n_axes];
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return no_axis(text, error);
    axis->text = arena_string(&grid->arena, text, strlen(text));
    axis->key = arena_string(&grid->arena, text, (size_t)(equals - text));
    if (!axis->text || !axis->key)
        return error_no_memory(error, "a sweep's values");
    for (size_t i = 0; i < grid->n_axes; i++) {
        if (strcmp(grid->axes[i].key, axis->key) == 0)
            return error_set(error, SCRAWL_STATUS_USAGE,
                             "--sweep %s: given twice; its values belong into one list", axis->key);
    }
    if (grid->n_seeds > 0 && strcmp(axis->key, SEED_KEY) == 0)
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "--sweep " SEED_KEY ": --seeds sets the same key; expected one of them");
    grid->n_axes++;
    return read_values(&grid->arena, axis, equals + 1, error);
}

static ScrawlStatus read_seeds(SweepGrid *grid, const ScrawlSweepOptions *options,
                               ScrawlError *error)
{
    grid->first_seed = options->first_seed;
    grid->n_seeds = options->n_seeds;
    if (options->first_seed < 0 || options->n_seeds < 0 ||
        options->n_seeds - 1 > MAX_SEED - options->first_seed)
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "--seeds: expected seeds from 0 to %d, found %d of them from %d on",
                         MAX_SEED, options->n_seeds, options->first_seed);
    return SCRAWL_STATUS_OK;
}

/* How many runs that makes. */
static ScrawlStatus count_runs(SweepGrid *grid, ScrawlError *error)
{
    double n = grid->n_seeds > 0 ? grid->n_seeds : 1;
    grid->n_points = 1;
    for (size_t i = 0; i < grid->n_axes; i++)
        n *= (double)grid->axes[i].n_values;
    if (n > SCRAWL_SWEEP_MAX_RUNS)
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "a sweep of %.0f runs: expected at most %d; leave out values or seeds", n,
                         SCRAWL_SWEEP_MAX_RUNS);
    for (size_t i = 0; i < grid->n_axes; i++)
        grid->n_points *= grid->axes[i].n_values;
    grid->n_runs = (size_t)n;
    return SCRAWL_STATUS_OK;
}

ScrawlStatus sweep_grid_init(SweepGrid *grid, const ScrawlSweepOptions *options, ScrawlError *error)
{
    *grid = (SweepGrid){0};
    arena_init(&grid->arena, MAX_TEXTS);
    ScrawlStatus status = read_seeds(grid, options, error);
    if (!status && options->n_axes > SCRAWL_SWEEP_MAX_AXES)
        status =
            error_set(error, SCRAWL_STATUS_USAGE, "--sweep: expected at most %d keys, found %zu",
                      SCRAWL_SWEEP_MAX_AXES, options->n_axes);
    for (size_t i = 0; !status && i < options->n_axes; i++)
        status = read_axis(grid, options->axes[i], error);
    if (!status)
        status = count_runs(grid, error);
    if (status)
        sweep_grid_deinit(grid);
    return status;
}

void sweep_grid_deinit(SweepGrid *grid)
{
    if (!grid)
        return;
    arena_deinit(&grid->arena);
    *grid = (SweepGrid){0};
}

const char *sweep_grid_value(const SweepGrid *grid, size_t point, size_t axis)
{
    for (size_t i = grid->n_axes - 1; i > axis; i--)
        point /= grid->axes[i].n_values;
    return grid->axes[axis].values[point % grid->axes[axis].n_values];
}

ScrawlStatus sweep_grid_apply(const SweepGrid *grid, size_t point, ScrawlRecipe *recipe,
                              ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    for (size_t i = 0; !status && i < grid->n_axes; i++) {
        char *text = mem_format("%s=%s", grid->axes[i].key, sweep_grid_value(grid, point, i));
        status = text ? scrawl_recipe_set(recipe, text, error)
                      : error_no_memory(error, "a sweep's value");
        mem_free(text);
    }
    return status;
}

ScrawlStatus sweep_grid_describe(const SweepGrid *grid, size_t point, Buffer *out)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    for (size_t i = 0; !status && i < grid->n_axes; i++)
        status = buffer_print(out, "%s%s=%s", i ? " " : "", grid->axes[i].key,
                              sweep_grid_value(grid, point, i));
    return status;
}

/* "3-batch=32,optimizer=adam": the number alone makes it unique, the rest is for people. */
static void name_point(const SweepGrid *grid, size_t point, char *name, size_t size)
{
    int width = snprintf(NULL, 0, "%zu", grid->n_points);
    size_t n = (size_t)snprintf(name, size, "%0*zu-", width, point + 1);
    for (size_t i = 0; i < grid->n_axes && n < size; i++) {
        const char *dot = strrchr(grid->axes[i].key, '.');
        size_t start = n + (i > 0);
        n += (size_t)snprintf(name + n, size - n, "%s%s=", i ? "," : "",
                              dot ? dot + 1 : grid->axes[i].key);
        size_t equals = n - 1;
        if (n < size)
            n += (size_t)snprintf(name + n, size - n, "%s", sweep_grid_value(grid, point, i));
        for (size_t k = start; k < n && k < size - 1; k++)
            name[k] = k == equals || strchr(NAME_CHARACTERS, name[k]) ? name[k] : '_';
    }
}

const char *sweep_grid_folder(SweepGrid *grid, const char *sweep_folder, size_t point, int seed)
{
    char name[MAX_NAME + 16] = "", last[32] = "";
    if (grid->n_axes > 0)
        name_point(grid, point, name, sizeof name);
    if (grid->n_seeds > 0 || grid->n_axes == 0)
        snprintf(last, sizeof last, "%sseed-%d", name[0] ? "/" : "", seed);
    size_t size = strlen(sweep_folder) + strlen(name) + strlen(last) + 2;
    char *path = arena_alloc(&grid->arena, size, 1);
    if (path)
        snprintf(path, size, "%s/%s%s", sweep_folder, name, last);
    return path;
}
