/* Small models for tests. */
#ifndef TESTS_MODEL_SAMPLE_H
#define TESTS_MODEL_SAMPLE_H

#include "model/model.h"

#define SAMPLE_SIDE 8 /* of a picture */

/* A network of JSON on 8x8 pictures with classes "a", "b", ..., and weights drawn from the seed.
 * Stops the test where that fails. */
ScrawlModel *sample_model(const char *network, int n_classes, uint64_t seed);

/* Convolution, batch norm (with running statistics of its own), pooling, dense: 3 classes, every
 * text set, calibrated. */
ScrawlModel *sample_convnet(void);

/* The convnet and a dense network, voting, with a cross of shifts. */
ScrawlModel *sample_ensemble(void);

/* Logits that do not depend on the picture: dense with zero weights and these biases. */
ScrawlModel *sample_constant(int n_classes, const float *logits);

/* n preprocessed pictures of noise; freed with mem_free. */
uint8_t *sample_pixels(size_t n, uint64_t seed);

#endif
