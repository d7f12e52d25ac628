/* A recogniser: a network with its weights, the preprocessing of its pictures, the names of its
 * classes and where it comes from; and a session that classifies with it. An ensemble is a model of
 * several members, each a network with weights of its own: see scrawl/ensemble.h.
 *
 *     ScrawlModel *model;
 *     ScrawlSession *session;
 *     ScrawlPrediction prediction;
 *     scrawl_model_load(&model, "digits", &error);
 *     scrawl_session_create(&session, model, NULL, &error);
 *     scrawl_session_classify(session, &image, 3, &prediction, &error);
 *     puts(scrawl_model_info(model)->class_names[prediction.label]); */
#ifndef SCRAWL_MODEL_H
#define SCRAWL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scrawl/image.h"
#include "scrawl/provenance.h"
#include "scrawl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SCRAWL_MAX_TOP 10
#define SCRAWL_MAX_MEMBERS 64

/* Immutable once loaded: any number of threads and sessions share it. */
typedef struct ScrawlModel ScrawlModel;
/* Scratch memory to run a model: one thread at a time; make one for each thread of yours. */
typedef struct ScrawlSession ScrawlSession;

/* What a model says of itself. Texts are UTF-8, never NULL, and live as long as the model. */
typedef struct ScrawlModelInfo {
    const char *name; /* of the recipe: "bn-cnn"; "" if unknown */
    int n_classes;
    const char *const *class_names; /* [n_classes], no two equal */
    int width, height;              /* of the network's input */
    size_t n_parameters;            /* trainable; of all members */
    size_t n_state;                 /* running statistics; of all members */
    uint64_t multiply_adds;         /* of one picture, through all members and shifts */
    const char *recipe;             /* YAML, as trained; "" if unknown, and of an ensemble */
    const char *network;            /* JSON; "" of an ensemble */
    const char *preprocessing;      /* JSON */
    const ScrawlDataRow *data;      /* [n_data]: trained, evaluated and calibrated on */
    int n_data;
    const ScrawlScore *scores; /* [n_scores] */
    int n_scores;
    double temperature;  /* logits are divided by it before softmax; 1: not calibrated */
    double threshold;    /* confidence below it is rejected; 0: none set */
    int n_members;       /* 1 but for an ensemble */
    const char *combine; /* of an ensemble: "average" or "vote"; "" else */
    const char *tta;     /* shifts that are averaged over: "none", "cross", "square" */
    bool half;           /* its weights are 16-bit floats in the file */
} ScrawlModelInfo;

/* One member of an ensemble; the model itself, where it is no ensemble. */
typedef struct ScrawlMemberInfo {
    const char *name, *recipe, *network; /* as in ScrawlModelInfo */
    const ScrawlScore *scores;           /* [n_scores] */
    int n_scores;
    size_t n_parameters;
    uint64_t multiply_adds; /* of one pass */
} ScrawlMemberInfo;

/* Loads a built-in model by its name ("digits"), or a file, or the model.safetensors of a run
 * folder; "-" is standard input. A built-in name comes first: "./digits" is the file. The format is
 * told by the bytes, never by the name's ending. Nothing in a model file is ever run. Free with
 * scrawl_model_free; *model is NULL after a failure. Any thread. NOT_FOUND names the built-in ones;
 * CHECKSUM: the weights are not those that were saved; FORMAT, LIMIT, MISMATCH, UNSUPPORTED, IO,
 * NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_model_load(ScrawlModel **model, const char *name,
                                                            ScrawlError *error);

/* Writes safetensors, whole or not at all; "-" is standard output. Equal models give equal bytes.
 * NOT_FOUND where the folder is missing, IO, LIMIT, NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_model_save(const ScrawlModel *model,
                                                            const char *path, ScrawlError *error);

/* Writes a format that other programs read, by its name in the list below: "onnx". Whole or not at
 * all; "-" is standard output; equal models give equal bytes. The same as scrawl_model_save for
 * "safetensors". USAGE for another format; UNSUPPORTED where the network has a layer that the
 * format or its writer lacks, which the sentence names; else as scrawl_model_save. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_model_export(const ScrawlModel *model,
                                                              const char *format, const char *path,
                                                              ScrawlError *error);

/* Name i of the formats that scrawl_model_export writes; NULL past the end. Static text. */
SCRAWL_API const char *scrawl_model_format(size_t i);

/* The same as scrawl_model_save with weights as 16-bit floats (IEEE 754 binary16), half the size.
 * They are rounded to the nearest, so this is another model: the file has no scores until it is
 * evaluated (see scrawl_model_record), and no threshold and no error bound until it is calibrated;
 * the temperature stays. Running statistics stay 32-bit. LIMIT where a weight is beyond the largest
 * half, 65504; else as scrawl_model_save. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_model_save_half(const ScrawlModel *model,
                                                                 const char *path,
                                                                 ScrawlError *error);

SCRAWL_API void scrawl_model_free(ScrawlModel *model); /* NULL-safe */

/* Lives as long as the model. */
SCRAWL_API const ScrawlModelInfo *scrawl_model_info(const ScrawlModel *model);
/* Member i < n_members; its texts live as long as the model. */
SCRAWL_API ScrawlMemberInfo scrawl_model_member(const ScrawlModel *model, int i);

/* The table of layers, as Keras prints it, of each member. Free with scrawl_free. NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_model_summary(const ScrawlModel *model,
                                                               char **text, ScrawlError *error);

/* Name i of the built-in models; NULL past the end. Static text. */
SCRAWL_API const char *scrawl_model_builtin(size_t i);

/* What a function returned with "free with scrawl_free". NULL-safe. */
SCRAWL_API void scrawl_free(void *memory);

/* {0} is the default. */
typedef struct ScrawlSessionOptions {
    int n_threads;   /* 0: one; 256 at most. Does not change the answers */
    const char *cpu; /* "none", "avx2", "avx512"; NULL: $SCRAWL_CPU, else the best here */
    /* Test-time augmentation: the answer is the mean of the probabilities of the picture and of
     * copies shifted by one pixel. "none", "cross" (4 copies: 5 times the work), "square" (8: 9
     * times); NULL: what the model says. */
    const char *tta;
} ScrawlSessionOptions;

typedef struct ScrawlPrediction {
    int label;         /* index of the best class, even when rejected; the first of equals */
    double confidence; /* its probability, 0..1 */
    bool rejected;     /* below the model's threshold */
    int n_top;
    struct {
        int label;
        double confidence;
    } top[SCRAWL_MAX_TOP]; /* falling */
} ScrawlPrediction;

/* Borrows the model, which must outlive the session; options NULL: defaults. *session is NULL after
 * a failure. USAGE where n_threads is out of range or tta unknown, UNSUPPORTED where this machine
 * lacks `cpu`, NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_session_create(ScrawlSession **session,
                                                                const ScrawlModel *model,
                                                                const ScrawlSessionOptions *options,
                                                                ScrawlError *error);
SCRAWL_API void scrawl_session_free(ScrawlSession *session); /* NULL-safe */

/* One picture of any size: the model's preprocessing, then the network. n_top 1..SCRAWL_MAX_TOP
 * (cut to the classes). NO_INK for a blank picture; FORMAT for an empty one, and where the
 * network's weights are so large that its answer is no number; USAGE for another n_top;
 * NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_session_classify(ScrawlSession *session,
                                                                  const ScrawlImage *image,
                                                                  int n_top,
                                                                  ScrawlPrediction *prediction,
                                                                  ScrawlError *error);

/* n pictures that are preprocessed already, pixels[n][height][width] with ink 255 on 0, become
 * logits[n][n_classes], before the model's temperature. Of an ensemble, and with shifts, they are
 * the natural logarithms of the combined probabilities. Cannot fail; allocates nothing. */
SCRAWL_API void scrawl_session_logits(ScrawlSession *session, size_t n, const uint8_t *pixels,
                                      float *logits);

/* The model's preprocessing alone, out[height * width]: what the network sees. As
 * scrawl_session_classify. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_session_glyph(ScrawlSession *session,
                                                               const ScrawlImage *image,
                                                               uint8_t *out, ScrawlError *error);

#ifdef __cplusplus
}
#endif
#endif
