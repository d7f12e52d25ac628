/* A recipe: one YAML file that says the data, preprocessing, augmentation, network and training. docs/recipes.md lists every key.
 *
 *     name: bn-cnn
 *     data: {train: mnist, validation: 0.1, test: mnist}
 *     preprocessing: {mean: 0.5, sd: 0.5}
 *     augmentation: {rotation: 10, shift: 0.1}
 *     network: {input: [1, 28, 28], layers: [...]}
 *     train: {epochs: 10, batch: 32, optimizer: sgd, learning_rate: 0.01, momentum: 0.9} */
#ifndef SCRAWL_RECIPE_H
#define SCRAWL_RECIPE_H

#include <stddef.h>

#include "scrawl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One thread at a time. */
typedef struct ScrawlRecipe ScrawlRecipe;

/* A file's path or the name of an embedded recipe ("bn-cnn"). Only parsed here: scrawl_recipe_check looks at every key. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_recipe_load(ScrawlRecipe **recipe, const char *name, ScrawlError *error);
/* "train.epochs=3". */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_recipe_set(ScrawlRecipe *recipe, const char *assignment, ScrawlError *error);
/* Every key, type, range and shape; the sentence names file, line and key. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_recipe_check(ScrawlRecipe *recipe, ScrawlError *error);
/* The whole as YAML, with what was set. Free with scrawl_free. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_recipe_text(const ScrawlRecipe *recipe, char **yaml, ScrawlError *error);
/* The network's table of layers. Free with scrawl_free. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_recipe_summary(ScrawlRecipe *recipe, char **text, ScrawlError *error);
SCRAWL_API const char *scrawl_recipe_name(const ScrawlRecipe *recipe);
SCRAWL_API void scrawl_recipe_free(ScrawlRecipe *recipe); /* NULL-safe */
/* Name i of the embedded recipes; NULL past the end. */
SCRAWL_API const char *scrawl_recipe_embedded(size_t i);

#ifdef __cplusplus
}
#endif
#endif
