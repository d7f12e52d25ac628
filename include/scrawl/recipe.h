/* A recipe: one YAML file that says the data, preprocessing, augmentation, network and training.
 * docs/recipes.md lists every key.
 *
 *     name: bn-cnn
 *     data: {train: mnist, validation: 0.1, test: mnist}
 *     preprocessing: {mean: 0.5, sd: 0.5}
 *     augmentation: {rotation: 10, shift: 0.1}
 *     network: {input: [1, 28, 28], layers: [...]}
 *     train: {epochs: 10, batch: 32, optimizer: sgd, learning_rate: 0.01, momentum: 0.9}
 *
 * Every complaint about its content is one sentence that names the file, the line, the key, what
 * was expected and what was found. */
#ifndef SCRAWL_RECIPE_H
#define SCRAWL_RECIPE_H

#include <stddef.h>

#include "scrawl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One thread at a time. */
typedef struct ScrawlRecipe ScrawlRecipe;

/* Reads the recipe that is embedded in the library under that name ("bn-cnn"), or else the file of
 * that path ("./bn-cnn" is a file). *recipe is NULL after a failure. The text is only parsed here;
 * scrawl_recipe_check looks at the keys. NOT_FOUND names the nearest embedded recipe; IO; FORMAT:
 * no YAML; LIMIT: over 4 MB, too deep, too many nodes; NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_recipe_load(ScrawlRecipe **recipe,
                                                             const char *name, ScrawlError *error);

/* Sets one value: "train.epochs=3", "augmentation={rotation: 10}". The value is YAML. USAGE where
 * there is no '=' or the path leads nowhere, LIMIT, NO_MEMORY; the recipe is then as before. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_recipe_set(ScrawlRecipe *recipe,
                                                            const char *assignment,
                                                            ScrawlError *error);

/* Looks at every key, type, range and shape; the data sets are not opened. scrawl_train does it by
 * itself. RECIPE, LIMIT (a network that is too large), NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_recipe_check(ScrawlRecipe *recipe,
                                                              ScrawlError *error);

/* The whole as YAML, with what was set and without comments: equal recipes give equal text. Free
 * with scrawl_free. *yaml is NULL after a failure. LIMIT, NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_recipe_text(const ScrawlRecipe *recipe,
                                                             char **yaml, ScrawlError *error);

/* The network's table of layers, as Keras prints it, after a scrawl_recipe_check of its own. Free
 * with scrawl_free. *text is NULL after a failure. What scrawl_recipe_check returns. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_recipe_summary(ScrawlRecipe *recipe, char **text,
                                                                ScrawlError *error);

/* The key `name`; "" where there is none. Valid until the next scrawl_recipe_set. */
SCRAWL_API const char *scrawl_recipe_name(const ScrawlRecipe *recipe);

/* train.seed, after a scrawl_recipe_check that succeeded; 0 before. */
SCRAWL_API int scrawl_recipe_seed(const ScrawlRecipe *recipe);

SCRAWL_API void scrawl_recipe_free(ScrawlRecipe *recipe); /* NULL-safe */

/* Name i of the embedded recipes, in byte order; NULL past the end. Static text; any thread. */
SCRAWL_API const char *scrawl_recipe_embedded(size_t i);

#ifdef __cplusplus
}
#endif
#endif
