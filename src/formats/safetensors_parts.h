/* The parts of a model's file while it is read: metadata first, then tensors, then the model. */
#ifndef FORMATS_SAFETENSORS_PARTS_H
#define FORMATS_SAFETENSORS_PARTS_H

#include "base/tree.h"
#include "formats/safetensors.h"
#include "model/model.h"

/* What an ensemble's file says of a member. */
typedef struct MemberPart {
    const char *name, *recipe;
    const TreeNode *network, *scores;
    double temperature;
} MemberPart;

/* Read but not yet put together. */
typedef struct Parts {
    const char *name; /* of the file */
    Safetensors file;
    Tree members; /* of an ensemble: owns the text of parts */
    MemberPart parts[SCRAWL_MAX_MEMBERS];
    Graph *graphs[SCRAWL_MAX_MEMBERS]; /* [n_graphs] */
    int n_graphs;
    bool is_ensemble;
    int combine, tta; /* ModelCombine, ModelTta */
    Preprocess preprocess;
    Tree classes; /* owns class_names' text */
    const char **class_names;
    int n_classes;
    double temperature, threshold;
} Parts;

/* Everything but the weights, of a parsed file. FORMAT, LIMIT, UNSUPPORTED (another version),
 * NO_MEMORY; what was read so far stays in *parts. */
SCRAWL_MUST_CHECK ScrawlStatus parts_read_metadata(Parts *parts, ScrawlError *error);

/* The file's tensors are exactly the networks'. Done before memory is taken for the weights, so
 * that a file cannot ask for more than it brings. MISMATCH, UNSUPPORTED (another type of numbers),
 * NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus parts_check_tensors(const Parts *parts, ScrawlError *error);

/* After the check, into a model that was made of the parts' graphs. FORMAT (a number that is not
 * finite). */
SCRAWL_MUST_CHECK ScrawlStatus parts_copy_weights(const Parts *parts, ScrawlModel *model,
                                                  ScrawlError *error);

#endif
