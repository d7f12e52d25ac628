/* Temperature scaling: one number T by which all logits are divided, so that a network's
 * probabilities are as sure as it is right.
 * C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On Calibration of Modern Neural Networks", ICML
 * 2017, section 4.2.
 *
 * logits[n][n_classes] with labels[n] below n_classes. In double, summed in the order of images:
 * the same on any number of threads. */
#ifndef MODEL_TEMPERATURE_H
#define MODEL_TEMPERATURE_H

#include <stddef.h>
#include <stdint.h>

/* The T within MODEL_MIN_TEMPERATURE and MODEL_MAX_TEMPERATURE with the lowest mean cross-entropy
 * of softmax(logits / T). `otherwise` where nothing tells it: where every answer is right, so that
 * the loss falls with T without end, where all logits of each image are equal, so that T changes
 * nothing, where n is 0, and where a logit is no number. */
double temperature_fit(size_t n, size_t n_classes, const float *logits, const uint16_t *labels,
                       double otherwise);

/* Mean cross-entropy of softmax(logits / temperature), natural logarithm; 0 where n is 0. */
double temperature_loss(size_t n, size_t n_classes, const float *logits, const uint16_t *labels,
                        double temperature);

#endif
