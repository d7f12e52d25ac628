/* A model's provenance as JSON text, to set and to compare it. */
#ifndef TESTS_MODEL_DESCRIBE_H
#define TESTS_MODEL_DESCRIBE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <setjmp.h> /* before cmocka.h */

#include <cmocka.h>

#include "model/model.h"

/* Replaces the list of data, or the scores, by what the JSON says. */
static inline void set_json(ScrawlModel *model, const char *json, bool scores)
{
    Provenance now = {0}, old = model->description->provenance;
    Tree tree;
    assert_int_equal(json_parse(&tree, "json", json, strlen(json), NULL), SCRAWL_STATUS_OK);
    if (scores) {
        for (int i = 0; i < old.n_data; i++)
            assert_int_equal(provenance_add_data(&now, &old.data[i], NULL), SCRAWL_STATUS_OK);
        assert_int_equal(provenance_read_scores(&now, &tree, tree.root, NULL), SCRAWL_STATUS_OK);
    } else {
        assert_int_equal(provenance_read_data(&now, &tree, tree.root, NULL), SCRAWL_STATUS_OK);
        for (int i = 0; i < old.n_scores; i++)
            assert_int_equal(provenance_set_score(&now, &old.scores[i], NULL), SCRAWL_STATUS_OK);
    }
    tree_deinit(&tree);
    model_set_provenance(model, &now);
}

static inline void set_data(ScrawlModel *model, const char *json)
{
    set_json(model, json, false);
}

static inline void set_scores(ScrawlModel *model, const char *json)
{
    set_json(model, json, true);
}

/* Valid until the fourth call from here. */
static inline const char *as_json(const Provenance *provenance, bool scores)
{
    static char texts[4][1 << 16];
    static int next;
    char *text = texts[next++ % 4];
    Buffer out;
    buffer_init(&out, sizeof *texts - 1);
    assert_int_equal(scores ? provenance_write_scores(provenance, &out)
                            : provenance_write_data(provenance, &out),
                     SCRAWL_STATUS_OK);
    strcpy(text, buffer_text(&out));
    buffer_deinit(&out);
    return text;
}

static inline const char *data_of(const ScrawlModel *model)
{
    return as_json(&model->description->provenance, false);
}

static inline const char *scores_of(const ScrawlModel *model)
{
    return as_json(&model->description->provenance, true);
}

static inline const char *member_scores(const ScrawlModel *model, int i)
{
    return as_json(&model->networks[i].description.provenance, true);
}

#endif
