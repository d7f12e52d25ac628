/* What a model says of its data and of its scores, as a value: it is read once from a file's JSON,
 * changed only here, and written once. See scrawl/provenance.h for the rows. */
#ifndef MODEL_PROVENANCE_H
#define MODEL_PROVENANCE_H

#include "base/buffer.h"
#include "base/tree.h"
#include "scrawl/provenance.h"
#include "scrawl/status.h"

#define PROVENANCE_MAX_ROWS 1000 /* of data, and of scores */

/* {0} is empty. The rows' texts belong to it. */
typedef struct Provenance {
    ScrawlDataRow *data; /* [n_data], in the order of the file */
    int n_data;
    ScrawlScore *scores; /* [n_scores], no two with one key */
    int n_scores;
    char ***texts; /* [n_data + n_scores]: a block for each row, data first */
} Provenance;

void provenance_deinit(Provenance *provenance); /* NULL-safe; it is then empty */

/* *copy is written without a look at what it holds. NO_MEMORY; it is then empty. */
SCRAWL_MUST_CHECK ScrawlStatus provenance_copy(Provenance *copy, const Provenance *provenance,
                                               ScrawlError *error);

/* Appends a copy of the row. Where use_name is "", the name of its use is taken. LIMIT, NO_MEMORY;
 * the list is then as before. */
SCRAWL_MUST_CHECK ScrawlStatus provenance_add_data(Provenance *provenance, const ScrawlDataRow *row,
                                                   ScrawlError *error);

/* The first row of this use that is not of an initial model; NULL where there is none. */
const ScrawlDataRow *provenance_find(const Provenance *provenance, ScrawlDataUse use);
/* True where there is such a row with this checksum. */
bool provenance_has(const Provenance *provenance, ScrawlDataUse use, const char *sha256);

/* Removes the rows that tell of the model's own calibration. */
void provenance_remove_calibration(Provenance *provenance);
/* The answers have changed: no row states an error bound any longer. */
void provenance_drop_error_bounds(Provenance *provenance);
/* Appends the rows of another model that are not there yet, without their error bounds. LIMIT,
 * NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus provenance_merge_data(Provenance *provenance,
                                                     const Provenance *other, ScrawlError *error);

/* Appends a score, or replaces the one with its key, which then becomes the last. LIMIT, NO_MEMORY;
 * the scores are then as before. */
SCRAWL_MUST_CHECK ScrawlStatus provenance_set_score(Provenance *provenance,
                                                    const ScrawlScore *score, ScrawlError *error);
void provenance_clear_scores(Provenance *provenance);

/* Appends what the tree's node holds, a list of rows or a map of scores. FORMAT, with tree_error's
 * sentence; LIMIT, NO_MEMORY; it may then hold a part. */
SCRAWL_MUST_CHECK ScrawlStatus provenance_read_data(Provenance *provenance, const Tree *tree,
                                                    const TreeNode *list, ScrawlError *error);
SCRAWL_MUST_CHECK ScrawlStatus provenance_read_scores(Provenance *provenance, const Tree *tree,
                                                      const TreeNode *map, ScrawlError *error);

/* [{"name","split","use","n","sha256","folds","max_error","confidence"}], each where it is stated;
 * {"test":{"data","split","n","errors","accuracy","loss"}}. LIMIT, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus provenance_write_data(const Provenance *provenance, Buffer *out);
SCRAWL_MUST_CHECK ScrawlStatus provenance_write_scores(const Provenance *provenance, Buffer *out);

#endif
